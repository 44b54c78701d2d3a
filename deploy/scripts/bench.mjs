// `npm run bench`: measures the platform on this machine, against its peers. docs/benchmark.md says what and how.
import './lib/plain-errors.mjs';
import { bringCelery, bringDocker, bringPackages } from './bench-peers.mjs';
import { built } from './lib/built.mjs';
import { handOverTo } from './lib/commands.mjs';
import { ensure } from './lib/needs.mjs';
import { npmPackages } from './lib/npm-packages.mjs';
import { python } from './lib/python.mjs';
import { systemServers } from './lib/system-servers.mjs';

const words = process.argv.slice(2).map((word) => word.toLowerCase());
const asked = words.filter((word) => /^b\d+$/.test(word));
const isAsked = (...scenarios) => asked.length === 0 || scenarios.some((scenario) => asked.includes(scenario));

// It always brings servers of its own, whatever the environment points at.
await ensure([npmPackages, ...systemServers({}), python, built]);
await bringPackages();
if (isAsked('b4', 'b5')) await bringCelery();
if (isAsked('b13')) await bringDocker();
handOverTo('dist/test/bench/main.js');
