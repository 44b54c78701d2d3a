// HTTP for a client whose own CPU time counts: undici's dispatch, which costs a third of what node:http does; without the peers' folder node:http.
import { Agent, request } from 'node:http';
import { importPeer } from '../peers/peer-packages.mjs';

const MOST = 100;

/** `{ post(path, headers, body), close() }`; `post` answers `{ status, text }`. */
export async function openConnections(origin) {
  return process.env.TASKSMITH_BENCH_PEERS ? overUndici(origin) : overNodeHttp(origin);
}

async function overUndici(origin) {
  const { Pool } = await importPeer('undici');
  const pool = new Pool(origin, { connections: MOST, headersTimeout: 0, bodyTimeout: 0 });
  return {
    post: (path, headers, body) =>
      new Promise((resolve, reject) => {
        let status = 0;
        const chunks = [];
        const handler = {
          onConnect() {},
          onHeaders: (code) => Boolean((status = code)),
          onData: (chunk) => Boolean(chunks.push(chunk)),
          onComplete: () => resolve({ status, text: textOf(chunks) }),
          onError: reject,
        };
        pool.dispatch({ path, method: 'POST', headers, body }, handler);
      }),
    close: () => pool.destroy(),
  };
}

function overNodeHttp(origin) {
  const { hostname, port } = new URL(origin);
  const agent = new Agent({ keepAlive: true, maxSockets: MOST });
  return {
    post: (path, headers, body) =>
      new Promise((resolve, reject) => {
        const sent = request({ hostname, port, path, method: 'POST', agent, headers }, (response) => {
          const chunks = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('end', () => resolve({ status: response.statusCode, text: textOf(chunks) }));
        });
        sent.on('error', reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

function textOf(chunks) {
  return chunks.length === 1 ? chunks[0].toString() : Buffer.concat(chunks).toString();
}
