/** What an agent says of the bundle that it wants written. */
import { z } from 'zod';
import { Parameter, type QueueName, type Runtime, type SmokeTest, TaskName } from '#contracts';

export const DescribedTask = z.object({
  task_name: TaskName,
  description: z.string().max(4_000).default(''),
  parameters: z.array(Parameter).max(100).default([]),
  function_body: z.string().max(200_000),
  return_type: z.string().max(200).default('Any'),
});
export type DescribedTask = z.infer<typeof DescribedTask>;

export const AdditionalFile = z.object({ filename: z.string().min(1).max(240), content: z.string() });
export type AdditionalFile = z.infer<typeof AdditionalFile>;

export interface BundleDescription {
  /** The first names the deployment. */
  tasks: readonly [DescribedTask, ...DescribedTask[]];
  queue: QueueName;
  runtime: Runtime;
  additionalFiles: readonly AdditionalFile[];
  smokeTests: readonly SmokeTest[];
  /** Name of the entry file. */
  entry: string;
}

export interface BundleFile {
  path: string;
  content: string;
}
