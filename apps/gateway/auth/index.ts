/** API keys and what they allow. */
export { actions, actionsOf, forbid, may, type Action, type Caller } from './caller.js';
export { KeyRing } from './key-ring.js';
