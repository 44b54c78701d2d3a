/** The MCP tools that agents rely on: names, arguments and result fields. A change here is a change for every agent. */
import { describe, expect, it } from 'vitest';
import { toolSetOf, type ToolSetName } from '../../apps/gateway/mcp/sessions/index.js';
import { nativeTools } from '../../apps/gateway/mcp/tools/index.js';
import { mcsTools } from '../../apps/gateway/mcp/mcs/index.js';

interface Schema {
  properties?: object;
  required?: string[];
}

const members = (schema: unknown) => {
  const { properties = {}, required = [] } = schema as Schema;
  return Object.keys(properties)
    .map((name) => (required.includes(name) ? `${name}!` : name))
    .join(' ');
};
const pinned = (toolSet: ToolSetName) =>
  Object.fromEntries(
    toolSetOf(toolSet).listed.map(({ name, inputSchema, outputSchema }) => [
      name,
      [members(inputSchema), members(outputSchema).replace('success!', 'success')],
    ]),
  );

describe('the native tools', () => {
  it('have these names, arguments (required with !) and result fields', () => {
    expect(pinned('native')).toEqual({
      search_tasks: ['query! category limit', 'success tasks total_count message'],
      get_task_details: ['task_name!', 'success name parameters message'],
      trigger_task: [
        'task_name! args kwargs queue priority timeout wait_ms',
        'success task_id task_name queue status result message',
      ],
      send_task: [
        'task_name! args kwargs queue priority idempotency_key eta countdown',
        'success task_id task_name queue status message',
      ],
      get_task_result: ['task_id! wait_ms', 'success task_id task_name queue status result message error'],
      generate_task_code: [
        'task_name! description! parameters function_body! return_type queue runtime tasks additional_files smoke_tests',
        'success files instructions message',
      ],
      deploy_task: [
        'task_name! description! parameters queue category files code_folder_path runtime return_type policies smoke_tests',
        'success deployment_id status version uploaded_files docker_image container_id worker_status deployment_path stage error log message',
      ],
      get_deployment: [
        'deployment_id task_name log_lines',
        'success deployment_id status docker_image container_id logs message',
      ],
      list_deployments: ['status task_name queue limit cursor', 'success deployments next message'],
      stop_deployment: ['deployment_id task_name reason', 'success deployment_id status message'],
      list_tasks: ['category queue text limit cursor', 'success tasks total_count next categories message'],
      register_task: [
        'task_name! description! parameters! return_type category queue policies',
        'success task message',
      ],
      cancel_task: ['task_id! reason', 'success task_id status message'],
      retry_task: ['task_id!', 'success task_id retry_of task_name queue status message'],
      get_run_events: ['task_id!', 'success task_id events message'],
      schedule_task: [
        'task_name! name kwargs cron time_zone every_seconds priority',
        'success schedule_id name task_name next_due_at message',
      ],
      list_schedules: ['limit cursor', 'success schedules next message'],
      delete_schedule: ['schedule_id!', 'success schedule_id message'],
    });
  });

  it('need these actions', () => {
    expect(Object.fromEntries(nativeTools.map(({ name, action }) => [name, action]))).toEqual({
      search_tasks: 'read',
      get_task_details: 'read',
      trigger_task: 'run',
      send_task: 'run',
      get_task_result: 'read',
      generate_task_code: 'read',
      deploy_task: 'deploy',
      get_deployment: 'read',
      list_deployments: 'read',
      stop_deployment: 'stop',
      list_tasks: 'read',
      register_task: 'register',
      cancel_task: 'run',
      retry_task: 'run',
      get_run_events: 'read',
      schedule_task: 'schedule',
      list_schedules: 'read',
      delete_schedule: 'schedule',
    });
  });

  it('are at most 25, with names and a list that clients can take', () => {
    const { listed } = toolSetOf('native');
    expect(listed.length).toBeLessThanOrEqual(25);
    for (const { name, title, description, annotations } of listed) {
      expect(name).toMatch(/^[a-z][a-z0-9_]{0,29}$/);
      expect(title).toBeTruthy();
      expect(description).toBeTruthy();
      expect(Object.keys(annotations!).sort()).toEqual([
        'destructiveHint',
        'idempotentHint',
        'openWorldHint',
        'readOnlyHint',
      ]);
    }
    // A token is about four characters.
    expect(JSON.stringify(listed).length / 4).toBeLessThan(6_000);
  });
});

describe('the tools of the mcs tool set', () => {
  it('have the names, arguments and result fields that agents trained on them know', () => {
    expect(pinned('mcs')).toEqual({
      generate_startMain_code: [
        'task_name! description! parameters! function_body! queue return_type tasks additional_files',
        'success path files instructions message',
      ],
      deploy_task: [
        'task_name! description! parameters! queue! category code_folder_path files',
        'success deployment_id status version uploaded_files docker_image container_id worker_status deployment_path stage error log message',
      ],
      trigger_celery_task: ['task_name! args kwargs queue', 'success task_id task_name queue status result message'],
      send_celery_task: ['task_name! args kwargs queue', 'success task_id task_name queue status message'],
      get_celery_result: ['task_id!', 'success task_id task_name queue status result message error'],
      get_available_tasks: ['', 'success tasks total_count message'],
      get_task_details: ['task_name!', 'success name parameters message'],
      register_task_info: ['task_name! description! parameters! return_type category queue', 'success task message'],
      stop_deployed_task: ['deployment_id task_name', 'success deployment_id status message'],
      list_deployed_tasks: ['', 'success tasks total_count message'],
    });
  });

  it('have the defaults that agents know', () => {
    const defaultsOf = (name: string) => {
      const { inputSchema } = toolSetOf('mcs').listed.find((tool) => tool.name === name)!;
      const properties = (inputSchema.properties ?? {}) as Record<string, { default?: unknown }>;
      return Object.fromEntries(
        Object.entries(properties).flatMap(([key, { default: given }]) => (given === undefined ? [] : [[key, given]])),
      );
    };
    expect(defaultsOf('generate_startMain_code')).toEqual({ queue: 'celery', return_type: 'Any' });
    expect(defaultsOf('deploy_task')).toEqual({ category: 'general' });
    expect(defaultsOf('register_task_info')).toEqual({ return_type: 'Any', category: 'general', queue: 'celery' });
    expect(mcsTools.find(({ name }) => name === 'stop_deployed_task')!.action).toBe('stop');
  });
});
