import { describe, expect, it } from 'vitest';
import { type JsonSchema, TaskDeclaration } from '#contracts';
import { invalidSchema } from './schema-check.js';

const check = (argumentsSchema: JsonSchema, resultSchema: JsonSchema = {}) =>
  invalidSchema(TaskDeclaration.parse({ name: 'add', argumentsSchema, resultSchema }))?.refusal;

describe('the schemas of a task', () => {
  it('may be any JSON Schema 2020-12', () => {
    expect(
      check({ type: 'object', properties: { n: { type: 'integer' }, when: { format: 'date-time' } } }),
    ).toBeUndefined();
    expect(
      check({ $defs: { n: { type: 'number' } }, properties: { n: { $ref: '#/$defs/n' } }, 'x-own': 1 }),
    ).toBeUndefined();
    expect(
      check({ prefixItems: [{ type: 'string' }] }, { $schema: 'https://json-schema.org/draft/2020-12/schema' }),
    ).toBeUndefined();
  });

  it('may give themselves the same id again, and again after a mistake', () => {
    const named = (type: string) => ({ $id: 'https://example.com/add', type });
    expect(check(named('object'))).toBeUndefined();
    expect(check(named('strange'))?.code).toBe('schema.invalid');
    expect(check(named('string'), named('number'))).toBeUndefined();
  });

  it('are refused with the place of the mistake', () => {
    expect(check({ properties: { n: { type: 'int' } } })).toMatchObject({
      code: 'schema.invalid',
      details: { task: 'add', field: '/argumentsSchema/properties/n/type' },
    });
    expect(check({}, { $ref: 'https://example.com/elsewhere' })?.message).toMatch(
      /resultSchema cannot be used: .*elsewhere/,
    );
    expect(check({ pattern: '(' })?.message).toMatch(/argumentsSchema/);
  });
});
