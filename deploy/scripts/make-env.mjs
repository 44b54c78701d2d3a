// Makes the secrets of `docker compose up`, once: .env beside docker-compose.yml, readable by its owner only. What is there already stays.
import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { root } from './lib/paths.mjs';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const path = resolve(process.env.TASKSMITH_ENV_FILE ?? resolve(root, '.env'));

const generated = {
  POSTGRES_PASSWORD: text(32),
  DATABASE_SERVICE_PASSWORD: text(32),
  REDIS_PASSWORD: text(32),
  NATS_PASSWORD: text(32),
  TASKSMITH_ADMIN_KEY: `tsk_${text(12)}_${text(32)}`,
  TASKSMITH_MASTER_SECRET: randomBytes(32).toString('hex'),
};

const present = existsSync(path) ? readFileSync(path, 'utf8') : '';
const missing = Object.entries(generated).filter(([name]) => !new RegExp(`^${name}=.`, 'm').test(present));
if (missing.length > 0) {
  const start = present === '' || present.endsWith('\n') ? present : `${present}\n`;
  writeFileSync(path, start + missing.map(([name, value]) => `${name}=${value}\n`).join(''), { mode: 0o600 });
}
console.log(
  missing.length > 0 ? `Made ${missing.map(([name]) => name).join(', ')} in ${path}.` : `${path} is complete.`,
);
if (missing.some(([name]) => name === 'TASKSMITH_ADMIN_KEY')) {
  console.log(`The API key with scope admin, shown once: ${generated.TASKSMITH_ADMIN_KEY}`);
}

function text(length) {
  return Array.from({ length }, () => base62[randomInt(base62.length)]).join('');
}
