import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Upcasters, type Upcaster } from './index.js';

const golden = JSON.parse(readFileSync(new URL('golden/greeted.schema-1.json', import.meta.url), 'utf8')) as {
  type: string;
  at: number;
};

const addLanguage: Upcaster = { type: 'Greeted', from: 1, upcast: (event) => ({ ...event, language: 'en' }) };
const splitName: Upcaster = {
  type: 'Greeted',
  from: 2,
  upcast: ({ name, ...event }) => {
    const [first, last] = String(name).split(' ');
    return { ...event, first, last } as never;
  },
};

describe('upcasters', () => {
  it('bring an old event to the newest shape, step by step', () => {
    const upcasters = new Upcasters([addLanguage, splitName]);
    expect(upcasters.newest('Greeted')).toBe(3);
    expect(upcasters.upcast({ ...golden }, 1)).toEqual({
      type: 'Greeted',
      at: 1_600_000_000_000,
      first: 'Ada',
      last: 'Lovelace',
      language: 'en',
    });
  });

  it('apply only the steps that an event has not had', () => {
    const upcasters = new Upcasters([addLanguage, splitName]);
    expect(upcasters.upcast({ ...golden, language: 'fr' }, 2)).toMatchObject({ first: 'Ada', language: 'fr' });
    const newest = { type: 'Greeted', at: 1, first: 'Ada', last: 'Lovelace', language: 'en' };
    expect(upcasters.upcast(newest, 3)).toBe(newest);
  });

  it('leave types without a history alone', () => {
    const upcasters = new Upcasters([addLanguage]);
    const event = { type: 'Other', at: 1 };
    expect(upcasters.newest('Other')).toBe(1);
    expect(upcasters.upcast(event, 1)).toBe(event);
  });

  it('must have no gap', () => {
    expect(() => new Upcasters([splitName])).toThrow('starts from 1, not 2');
  });
});
