/** A bundle in TypeScript that deploys as it is. */
import { manifest, readme } from './python.js';

export function nodeBundle(name: string): Record<string, string> {
  return {
    'main.ts': `/** The task ${name}. */
import { task } from 'tasksmith';

interface Arguments {
  name: string;
  times?: number;
}

export default task(
  {
    name: '${name}',
    description: 'Greets somebody.',
    parameters: {
      type: 'object',
      properties: {
        name: { type: 'string', description: 'whom to greet' },
        times: { type: 'integer', minimum: 1, default: 1, description: 'how often' },
      },
      required: ['name'],
      additionalProperties: false,
    },
    result: { type: 'string' },
  },
  ({ name, times = 1 }: Arguments) => Array.from({ length: times }, () => \`Hello, \${name}!\`).join(' '),
);
`,
    'tasksmith.json': manifest(name, 'node', 'main.ts'),
    'README.md': readme(name),
  };
}
