/** `tasksmith.json`: what a bundle says of itself. */
import { type Refused, refuse, RunPoliciesInput, Runtime, SmokeTest, TaskName, JsonSchema } from '#contracts';
import { z } from 'zod';

export const MANIFEST = 'tasksmith.json';

const ManifestTask = z.object({
  name: TaskName,
  /** `module:function`; a decorated function needs none. */
  function: z.string().optional(),
  description: z.string().max(4_000).optional(),
  policies: RunPoliciesInput.optional(),
  /** JSON Schema of the arguments object, and of the result, when the code's own hints are not enough. */
  parameters: JsonSchema.optional(),
  result: JsonSchema.optional(),
});

export const Manifest = z.object({
  runtime: Runtime.optional(),
  entry: z.string().optional(),
  tasks: z.array(ManifestTask).default([]),
  smokeTests: z.array(SmokeTest).default([]),
});
export type Manifest = z.infer<typeof Manifest>;

export function parseManifest(text: string | undefined): Manifest | Refused {
  if (text === undefined) return Manifest.parse({});
  const document = parsedJson(text);
  if (document instanceof Error) return refused('', document.message);
  const manifest = Manifest.safeParse(document);
  if (manifest.success) return manifest.data;
  const [first] = manifest.error.issues;
  return refused(first?.path.join('.') ?? '', first?.message ?? 'not of the expected shape');
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    return error;
  }
}

function refused(place: string, fault: string): Refused {
  return refuse('bundle.refused', `${MANIFEST} was refused${place ? ` at ${place}` : ''}: ${fault}`, {
    hint: 'docs/worker-protocol.md section 8 shows its shape.',
    details: { entry: MANIFEST, place },
  });
}
