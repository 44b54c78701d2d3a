/** Tasks: what can be called. */
import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import {
  ActivateTaskVersion,
  DeprecateTask,
  GetTask,
  ListTasks,
  QueueName,
  RegisterTask,
  RemoveTask,
  ReviseTask,
  RunPoliciesInput,
  TaskDeclaration,
  TaskDetailsView,
  TaskName,
} from '#contracts';
import { type Requester } from '#messaging';
import { ofRefused } from './answers.js';
import { Handles } from './handles.js';
import { Answer, API, type Asked, route } from './route.js';
import { Nothing, pageQuery } from './shapes.js';
import { REQUESTER } from './tokens.js';

const oneTask = z.object({ name: TaskName });

export const listTasks = route({
  method: 'GET',
  path: '/tasks',
  action: 'read',
  summary: 'List and search tasks',
  query: z.strictObject({
    ...pageQuery,
    category: z.string().max(100).optional(),
    queue: QueueName.optional(),
    text: z.string().max(200).optional().describe('Matches name, description and category; the best first'),
  }),
  output: ListTasks.output,
});
export const getTask = route({
  method: 'GET',
  path: '/tasks/{name}',
  action: 'read',
  summary: 'Get a task with its versions',
  params: oneTask,
  output: TaskDetailsView,
  refusals: ['task.unknown', 'task.removed'],
});
export const registerTask = route({
  method: 'POST',
  path: '/tasks',
  action: 'register',
  summary: 'Register a task that is served by workers deployed elsewhere',
  body: z.strictObject({
    ...TaskDeclaration.shape,
    argumentsSchema: TaskDeclaration.shape.argumentsSchema.default({ type: 'object' }),
    resultSchema: TaskDeclaration.shape.resultSchema.default({}),
    category: z.string().min(1).max(100).default('general'),
    queue: QueueName,
  }),
  output: TaskDetailsView,
  status: 201,
  refusals: ['schema.invalid'],
});
export const reviseTask = route({
  method: 'PATCH',
  path: '/tasks/{name}',
  action: 'register',
  summary: "Change a task's description, category or policies",
  params: oneTask,
  body: z.strictObject({
    description: z.string().max(4_000).optional(),
    category: z.string().min(1).max(100).optional(),
    policies: RunPoliciesInput.optional(),
  }),
  output: TaskDetailsView,
  refusals: ['task.unknown', 'task.removed'],
});
export const deprecateTask = route({
  method: 'POST',
  path: '/tasks/{name}/deprecate',
  action: 'register',
  summary: 'Tell callers to move on; the task still serves',
  params: oneTask,
  body: z.strictObject({ reason: z.string().min(1).max(1_000) }),
  output: TaskDetailsView,
  refusals: ['task.unknown', 'task.removed'],
});
export const activateTaskVersion = route({
  method: 'POST',
  path: '/tasks/{name}/versions/{version}/activate',
  action: 'register',
  summary: 'Send new calls to this version',
  params: oneTask.extend({ version: z.coerce.number().int().min(1) }),
  output: TaskDetailsView,
  refusals: ['task.unknown', 'task.removed', 'task.version-unknown', 'task.not-serving'],
});
export const removeTask = route({
  method: 'DELETE',
  path: '/tasks/{name}',
  action: 'remove',
  summary: 'Remove a task; deploying or registering it again brings it back',
  params: oneTask,
  output: Nothing,
  status: 204,
  refusals: ['task.unknown'],
});

@Controller()
export class TasksController {
  constructor(@Inject(REQUESTER) private readonly requester: Requester) {}

  @Handles(listTasks)
  list({ query }: Asked<typeof listTasks>) {
    return this.requester.request(ListTasks, query);
  }

  @Handles(getTask)
  get({ params }: Asked<typeof getTask>) {
    return this.requester.request(GetTask, { task: params.name });
  }

  @Handles(registerTask)
  async register({ caller, body }: Asked<typeof registerTask>) {
    const { category, queue, ...declaration } = body;
    const task = await this.requester.request(RegisterTask, { actor: caller.actor, declaration, category, queue });
    return ofRefused(task) ?? new Answer(task, { status: 201, headers: { location: `${API}/tasks/${body.name}` } });
  }

  @Handles(reviseTask)
  revise({ caller, params, body }: Asked<typeof reviseTask>) {
    return this.requester.request(ReviseTask, { actor: caller.actor, task: params.name, ...body });
  }

  @Handles(deprecateTask)
  deprecate({ caller, params, body }: Asked<typeof deprecateTask>) {
    return this.requester.request(DeprecateTask, { actor: caller.actor, task: params.name, reason: body.reason });
  }

  @Handles(activateTaskVersion)
  activate({ caller, params }: Asked<typeof activateTaskVersion>) {
    const { name: task, version } = params;
    return this.requester.request(ActivateTaskVersion, { actor: caller.actor, task, version });
  }

  @Handles(removeTask)
  remove({ caller, params }: Asked<typeof removeTask>) {
    return this.requester.request(RemoveTask, { actor: caller.actor, task: params.name });
  }
}
