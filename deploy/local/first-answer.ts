// Asks a line-based server one question over TCP.
import { connect } from 'node:net';

/** What the server sends until `isEnough` is satisfied; throws when it cannot be reached or stays silent for too long. */
export function firstAnswer(
  port: number,
  question: string,
  isEnough: (answer: string) => boolean,
  patienceMs = 1_000,
): Promise<string> {
  return new Promise((done, fail) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(question));
    let answer = '';
    socket.setTimeout(patienceMs, () => socket.destroy(new Error(`no answer within ${patienceMs} ms`)));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
      if (isEnough(answer)) socket.end(() => done(answer));
    });
    socket.once('error', fail);
    socket.once('close', () => fail(new Error('closed before it answered')));
  });
}
