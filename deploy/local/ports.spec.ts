import { describe, expect, it } from 'vitest';
import { portOf } from './ports.js';

describe('the port of the gateway', () => {
  it.each([
    [undefined, 7070],
    ['', 7070],
    ['8080', 8080],
  ])('for PORT %j is %d', (PORT, port) => {
    expect(portOf({ PORT })).toBe(port);
  });

  it.each(['http', '0', '-1', '80.5', '65536'])('cannot be %j', (PORT) => {
    expect(() => portOf({ PORT })).toThrow(`PORT is "${PORT}"; set it to a number from 1 to 65535`);
  });
});
