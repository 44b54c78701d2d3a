export { keyDecider, type KeyCommand } from './key.decide.js';
export { keyViewOf, type Key } from './key.js';
