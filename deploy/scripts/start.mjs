// `npm start`: starts the local stack and stays with it until Ctrl-C.
import './lib/plain-errors.mjs';
import { built } from './lib/built.mjs';
import { handOverTo } from './lib/commands.mjs';
import { ensure } from './lib/needs.mjs';
import { npmPackages } from './lib/npm-packages.mjs';
import { python } from './lib/python.mjs';
import { systemServers } from './lib/system-servers.mjs';

await ensure([npmPackages, ...systemServers(), python, built]);
handOverTo('dist/deploy/local/main.js');
