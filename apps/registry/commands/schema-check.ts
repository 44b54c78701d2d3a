/** Tells whether the schemas of a task are valid JSON Schema 2020-12. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type JsonSchema, refuse, type Refused, type TaskDeclaration } from '#contracts';

const parts = ['argumentsSchema', 'resultSchema'] as const;

/** The first schema that is not valid, with the place in it; undefined when all are. */
export function invalidSchema(declaration: TaskDeclaration): Refused | undefined {
  for (const part of parts) {
    const problem = problemOf(declaration[part]);
    if (!problem) continue;
    const field = `/${part}${problem.place}`;
    return refuse('schema.invalid', `Task ${declaration.name}: ${field} ${problem.what}.`, {
      hint: 'Write a JSON Schema of draft 2020-12, e.g. {"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}.',
      details: { task: declaration.name, field },
    });
  }
  return undefined;
}

// One compiler for all: making one costs more than most schemas do.
const ajv = new Ajv2020({ strict: false });
(addFormats as unknown as typeof addFormats.default)(ajv);

function problemOf(schema: JsonSchema): { place: string; what: string } | undefined {
  try {
    if (ajv.validateSchema(schema) !== true) {
      const first = ajv.errors?.[0];
      return { place: first?.instancePath ?? '', what: first?.message ?? 'is not valid' };
    }
    // Compiling finds what a schema cannot say about itself: references to nowhere, patterns that are none.
    ajv.compile(schema);
    return undefined;
  } catch (error) {
    return { place: '', what: `cannot be used: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    // Kept, it would fill the memory, and meet the next one that gives itself the same $id.
    ajv.removeSchema(schema);
  }
}
