/** A bundle whose tasks do what the MCP tests need, and gates at which its runs wait until a test lets them go on. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { newId } from '#lifecycle';

const main = `
import os
import time

from tasksmith import current_run, progress, task

print("the tasks are loaded")


@task
def add(a: int, b: int = 1) -> int:
    """Adds."""
    return a + b


@task
def divide(a: float, b: float) -> float:
    return a / b


@task
def mend() -> None:
    raise ValueError("not yet")


@task(name="text.repeat")
def repeat(text: str) -> str:
    return text


@task
def list_rows(count: int) -> dict:
    return {"rows": [{"row": row, "text": "some text"} for row in range(count)]}


@task
def sum_up(how: str) -> dict:
    if how == "badly":
        raise ValueError("no")
    return {"sum": 3 if how == "well" else "three"}


@task
def refer(x=None) -> dict:
    return {"sum": 4}


@task
def hold(gates: list) -> str:
    """Waits at each gate until it is open."""
    for index, gate in enumerate(gates):
        progress((2 * index + 1) / (2 * len(gates)), f"at gate {index + 1}")
        with open(gate + ".run", "w") as file:
            file.write(current_run().id)
        while not os.path.exists(gate):
            time.sleep(0.005)
    return "through"
`;

const sum = { type: 'object', properties: { sum: { type: 'integer' } }, required: ['sum'] };

export const numbers = {
  type: 'object',
  properties: { a: { type: 'integer', description: 'the first' }, b: { type: 'integer', default: 1 } },
  required: ['a'],
  additionalProperties: false,
};

const manifest = {
  tasks: [
    { name: 'add', parameters: numbers },
    { name: 'mend', policies: { maxAttempts: 2, backoff: { kind: 'fixed', delayMs: 600_000 } } },
    { name: 'sum_up', result: sum },
    // Right, and yet more than every client can read.
    {
      name: 'refer',
      parameters: { type: 'object', properties: { x: true } },
      result: { type: 'object', $ref: '#/$defs/sum', $defs: { sum } },
    },
  ],
};

export const bundle = {
  task_name: 'add',
  description: 'Adds.',
  queue: 'math',
  category: 'math',
  files: [
    { path: 'main.py', content: main },
    { path: 'tasksmith.json', content: JSON.stringify(manifest) },
    { path: 'notes.txt', content: 'see\u200b me\n' },
    { path: 'a b.bin', content: '/wAC', encoding: 'base64' },
  ],
};

/** One at which a run of `hold` waits. */
export class Gate {
  readonly path: string;

  constructor(folder: string) {
    this.path = join(folder, newId());
  }

  /** The id of the run, once it has come to the gate. */
  run(): Promise<string> {
    return vi.waitFor(
      () => {
        const runId = readFileSync(`${this.path}.run`, 'utf8');
        if (runId === '') throw new Error('the run is writing its id');
        return runId;
      },
      { timeout: 10_000, interval: 10 },
    );
  }

  open(): void {
    writeFileSync(this.path, '');
  }
}
