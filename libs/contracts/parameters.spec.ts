import { describe, expect, it } from 'vitest';
import { Parameter } from './tasks.js';
import { schemaOfParameters, schemaOfType } from './parameters.js';

const parameter = (input: object) => Parameter.parse(input);

describe('the schema of a parameter list', () => {
  it('names each parameter, what is required, and refuses others', () => {
    const schema = schemaOfParameters([
      parameter({ name: 'text', type: 'str', description: 'what to count' }),
      parameter({ name: 'limit', type: 'int', default: 10 }),
      parameter({ name: 'exact', type: 'bool', required: false }),
      parameter({ name: 'rest' }),
    ]);
    expect(schema).toEqual({
      type: 'object',
      properties: {
        text: { type: 'string', description: 'what to count' },
        limit: { type: 'integer', default: 10 },
        exact: { type: 'boolean' },
        rest: {},
      },
      required: ['text', 'rest'],
      additionalProperties: false,
    });
  });

  it.each([
    ['str', { type: 'string' }],
    ['string', { type: 'string' }],
    ['int', { type: 'integer' }],
    ['integer', { type: 'integer' }],
    ['float', { type: 'number' }],
    ['number', { type: 'number' }],
    ['bool', { type: 'boolean' }],
    ['boolean', { type: 'boolean' }],
    ['list', { type: 'array' }],
    ['array', { type: 'array' }],
    ['dict', { type: 'object' }],
    ['object', { type: 'object' }],
    ['None', { type: 'null' }],
    ['Any', {}],
    ['list[int]', { type: 'array', items: { type: 'integer' } }],
    ['Optional[str]', { anyOf: [{ type: 'string' }, { type: 'null' }] }],
    ['dict[str, int]', { type: 'object' }],
  ])('reads %s', (type, schema) => {
    expect(schemaOfType(type)).toEqual(schema);
  });

  it('lets anything pass for a type nobody knows, and keeps its name', () => {
    const schema = schemaOfParameters([parameter({ name: 'frame', type: 'pd.DataFrame', description: 'the rows' })]);
    expect(schema).toMatchObject({ properties: { frame: { description: 'the rows — type pd.DataFrame' } } });
  });
});
