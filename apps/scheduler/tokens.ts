/** Injection tokens of values that have no class. */
export const CLOCK = Symbol('clock');
