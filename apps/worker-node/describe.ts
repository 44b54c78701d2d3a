/** `--describe`: loads the bundle in a slot, prints its tasks as one JSON document, connects nowhere. */
import { Slot } from './slot/slot.js';
import { type TaskDescription } from './slot/messages.js';
import { bundleOrExit, exitUnloadable } from './worker.js';

export async function describeBundle(place: { bundleDir: string; entry: string | null }): Promise<void> {
  const nothing = () => {};
  const bundle = await bundleOrExit(place);
  new Slot(
    { bundle, memoryMb: null, describe: true },
    {
      ready: (_slot, tasks) => print(tasks),
      unloadable: (_slot, reason) => exitUnloadable(reason),
      died: (_slot, detail) => exitUnloadable(`it ended its thread: ${detail}`),
      finished: nothing,
      lines: nothing,
      progressed: nothing,
    },
  );
}

function print(tasks: TaskDescription[]): void {
  process.stdout.write(`${JSON.stringify({ v: 1, tasks })}\n`, () => process.exit(0));
}
