// `npm run bench`: measures the platform on this machine.
import './lib/plain-errors.mjs';
import { built } from './lib/built.mjs';
import { handOverTo } from './lib/commands.mjs';
import { ensure } from './lib/needs.mjs';
import { npmPackages } from './lib/npm-packages.mjs';
import { python } from './lib/python.mjs';
import { systemServers } from './lib/system-servers.mjs';

await ensure([npmPackages, ...systemServers(), python, built]);
handOverTo('dist/test/bench/main.js');
