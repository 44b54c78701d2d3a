/** Injection tokens of values that have no class. */
export const CLOCK = Symbol('clock');
export const SUGGEST_TASK = Symbol('suggest task');
export const RANDOM_BYTES = Symbol('random bytes');
export const KEY_HANDLER = Symbol('key handler');
