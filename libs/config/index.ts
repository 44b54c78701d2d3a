export { readConfig, BadSettings, type Config } from './config.js';
export { variables, type Slice } from './variables.js';
