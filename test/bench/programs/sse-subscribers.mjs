// Many subscribers of the live events (server-sent events), each counting what it gets; and one that stops reading.
// Settings: TASKSMITH_API, TASKSMITH_KEY.
import { request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { serve } from './serve.mjs';

const { TASKSMITH_API: api, TASKSMITH_KEY: key } = process.env;
const MARK = '\nevent: Run';
let subscribers = [];
let slow;

await serve({
  async open({ count }) {
    subscribers = await Promise.all(Array.from({ length: count }, () => subscribe(true)));
  },
  async openSlow() {
    slow = await subscribe(false);
  },
  /** Resolves when each has had so many events of runs, or some were cut off, or after a while. */
  async until({ events, withinMs }) {
    const startedAt = performance.now();
    const isDone = () => subscribers.every((each) => each.events >= events || each.closed);
    while (!isDone() && performance.now() - startedAt < withinMs) await pause(5);
    const counts = subscribers.map((each) => each.events);
    return {
      seconds: (performance.now() - startedAt) / 1_000,
      least: Math.min(...counts),
      most: Math.max(...counts),
      cutOff: subscribers.filter((each) => each.closed).length,
    };
  },
  /** Starts to read again, to see whether the server has given it up. */
  async isSlowCutOff({ withinMs }) {
    slow.response.resume();
    const startedAt = performance.now();
    while (!slow.closed && performance.now() - startedAt < withinMs) await pause(10);
    return { cutOff: slow.closed };
  },
  async close() {
    for (const each of [...subscribers, slow]) each?.sent.destroy();
    subscribers = [];
    slow = undefined;
  },
});

function subscribe(reads) {
  return new Promise((resolve, reject) => {
    const options = { headers: { authorization: `Bearer ${key}` }, agent: false };
    const sent = request(`${api}/events/stream?category=run`, options, (response) => {
      if (response.statusCode !== 200) reject(new Error(`a subscriber was answered ${response.statusCode}`));
      const subscriber = { sent, response, events: 0, closed: false };
      const close = () => (subscriber.closed = true);
      response.on('end', close).on('error', close).on('close', close);
      if (reads) count(response, subscriber);
      resolve(subscriber);
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** A mark may be cut by the border of two chunks. */
function count(response, subscriber) {
  let rest = '';
  response.setEncoding('latin1').on('data', (chunk) => {
    const text = rest + chunk;
    let at = -1;
    while ((at = text.indexOf(MARK, at + 1)) !== -1) subscriber.events++;
    rest = text.slice(-(MARK.length - 1));
  });
}
