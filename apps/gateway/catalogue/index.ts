/** The tasks that can be called, and the check of their arguments. */
export { Catalogue, type ServedTask } from './catalogue.js';
export { ReadYourWrites } from './read-your-writes.js';
export { resolveTarget } from './target-check.js';
export { checkArguments, invalidArguments, type ArgumentError } from './arguments-check.js';
