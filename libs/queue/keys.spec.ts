import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aheadKey, epochKey, LANE_KEYS, laneKey, laneOfKey, lanesKey, queuePrefix } from './keys.js';
import { FUNCTION_FILES, librarySource } from './library.js';

describe('keys', () => {
  it('puts the lane in braces, so that it stays in one hash slot', () => {
    expect(queuePrefix('ts', 'default/0192f0c1')).toBe('ts:{default/0192f0c1}:');
    expect(laneKey('ts', 'default', 'outcomes')).toBe('ts:{default}:outcomes');
    expect(lanesKey('ts')).toBe('ts:lanes');
    expect(epochKey('ts')).toBe('ts:epoch');
    expect(aheadKey('ts')).toBe('ts:ahead');
  });

  it('finds the lane in a key', () => {
    expect(laneOfKey(laneKey('ts', 'default/0192f0c1', 'ready'))).toBe('default/0192f0c1');
  });

  it.each(['*', 'a?', 'a[b]', 'a}:x', '{a', 'a b', 'a\\b', "a'b", 'a\u0000b', ''])(
    'refuses lane %j, which would open other lanes to its worker',
    (lane) => {
      expect(() => queuePrefix('ts', lane)).toThrow('cannot be part of a Redis key');
    },
  );

  it('refuses a namespace that is more than a name', () => {
    expect(() => lanesKey('a:*')).toThrow('namespace');
  });

  it('names the same keys as the functions', () => {
    const named = [...librarySource.matchAll(/(?:prefix|keys\[1\]) \.\. '(\w+)'/g)].map(([, key]) => key);
    expect([...new Set(named)].sort()).toEqual([...LANE_KEYS].sort());
  });
});

describe('the function library', () => {
  it('consists of every file in its folder, each with a header', () => {
    const folder = new URL('./functions/', import.meta.url);
    const files = readdirSync(folder);
    expect(files.sort()).toEqual(FUNCTION_FILES.map((name) => `${name}.lua`).sort());
    for (const file of files) {
      const header = readFileSync(new URL(file, folder), 'utf8').split('\n\n')[0];
      expect(header, file).toMatch(/^-- .*\n--\n-- Keys: [\s\S]*-- Data/);
    }
  });

  it('tells its version and content in the second line', () => {
    expect(librarySource).toMatch(/^#!lua name=tasksmith\n-- tasksmith library 3 [0-9a-f]{16}\n/);
  });
});
