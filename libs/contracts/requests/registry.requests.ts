/** What the registry answers. */
import { z } from 'zod';
import { Scope } from '../events/task.events.js';
import { DeploymentId, KeyId, QueueName, TaskName } from '../ids.js';
import { RunPoliciesInput } from '../policies.js';
import { TaskDeclaration } from '../tasks.js';
import { KeyView, PageRequest, pageOf, TaskDetailsView, TaskView } from '../views/views.js';
import { defineRequest } from './request.js';

/** Publishes all tasks of a deployment as new versions; doing it again for the same deployment changes nothing. */
export const PublishTaskVersions = defineRequest('registry', 'publish-task-versions', {
  input: z.object({
    actor: z.string(),
    deploymentId: DeploymentId,
    category: z.string(),
    queue: QueueName,
    declarations: z.array(TaskDeclaration).min(1),
  }),
  output: z.object({ versions: z.array(z.object({ task: TaskName, version: z.number().int() })) }),
});

/** The deployment stopped: none of its versions serves any more. */
export const RetireTaskVersions = defineRequest('registry', 'retire-task-versions', {
  input: z.object({ actor: z.string(), deploymentId: DeploymentId, tasks: z.array(TaskName), reason: z.string() }),
  output: z.object({}),
});

/** Registers a task that is served by workers deployed elsewhere, on the queue's own lane. */
export const RegisterTask = defineRequest('registry', 'register-task', {
  input: z.object({
    actor: z.string(),
    declaration: TaskDeclaration,
    category: z.string().default('general'),
    queue: QueueName,
  }),
  output: TaskDetailsView,
});

export const ReviseTask = defineRequest('registry', 'revise-task', {
  input: z.object({
    actor: z.string(),
    task: TaskName,
    description: z.string().max(4_000).optional(),
    category: z.string().optional(),
    policies: RunPoliciesInput.optional(),
  }),
  output: TaskDetailsView,
});

export const ActivateTaskVersion = defineRequest('registry', 'activate-task-version', {
  input: z.object({ actor: z.string(), task: TaskName, version: z.number().int() }),
  output: TaskDetailsView,
});

export const DeprecateTask = defineRequest('registry', 'deprecate-task', {
  input: z.object({ actor: z.string(), task: TaskName, reason: z.string() }),
  output: TaskDetailsView,
});

export const RemoveTask = defineRequest('registry', 'remove-task', {
  input: z.object({ actor: z.string(), task: TaskName }),
  output: z.object({}),
});

export const GetTask = defineRequest('registry', 'get-task', {
  input: z.object({ task: TaskName }),
  output: TaskDetailsView,
});

/** `text` matches name, description and category; the best first. Removed tasks are left out. */
export const ListTasks = defineRequest('registry', 'list-tasks', {
  input: PageRequest.extend({
    category: z.string().optional(),
    queue: QueueName.optional(),
    text: z.string().max(200).optional(),
  }),
  output: pageOf(TaskView).extend({
    total: z.number().int(),
    categories: z.array(z.object({ category: z.string(), tasks: z.number().int() })),
  }),
});

/** The secret is in the answer and nowhere else. */
export const CreateKey = defineRequest('registry', 'create-key', {
  input: z.object({ actor: z.string(), name: z.string().min(1).max(100), scope: Scope }),
  output: KeyView.extend({ key: z.string() }),
});

export const RevokeKey = defineRequest('registry', 'revoke-key', {
  input: z.object({ actor: z.string(), keyId: KeyId }),
  output: KeyView,
});

export const ListKeys = defineRequest('registry', 'list-keys', {
  input: z.object({}),
  output: z.object({ keys: z.array(KeyView) }),
});
