// `npm run bench`: measures the platform on this machine, against its peers. docs/benchmark.md says what and how.
import './lib/plain-errors.mjs';
import { bringPeers } from './bench-peers.mjs';
import { built } from './lib/built.mjs';
import { handOverTo } from './lib/commands.mjs';
import { ensure } from './lib/needs.mjs';
import { npmPackages } from './lib/npm-packages.mjs';
import { python } from './lib/python.mjs';
import { systemServers } from './lib/system-servers.mjs';

// It always brings servers of its own, whatever the environment points at.
await ensure([npmPackages, ...systemServers({}), python, built]);
await bringPeers();
handOverTo('dist/test/bench/main.js');
