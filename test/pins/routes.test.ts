/** The routes that others rely on: method, path, and the action that the caller's key must allow. A change here is a change for them. */
import { describe, expect, it } from 'vitest';
import { actionsOf } from '../../apps/gateway/auth/index.js';
import { allRoutes } from '../../apps/gateway/rest/index.js';

describe('the REST API', () => {
  it('has these routes under /api/v1, each with its action', () => {
    expect(allRoutes().map(({ route }) => `${route.method} ${route.path}: ${route.action}`)).toEqual([
      'GET /tasks: read',
      'GET /tasks/{name}: read',
      'POST /tasks: register',
      'PATCH /tasks/{name}: register',
      'POST /tasks/{name}/deprecate: register',
      'POST /tasks/{name}/versions/{version}/activate: register',
      'DELETE /tasks/{name}: remove',
      'POST /runs: run',
      'POST /runs/batch: run',
      'GET /runs: read',
      'GET /runs/{runId}: read',
      'POST /runs/{runId}/cancel: run',
      'POST /runs/{runId}/retry: run',
      'GET /runs/{runId}/events: read',
      'POST /deployments: deploy',
      'GET /deployments: read',
      'GET /deployments/{deploymentId}: read',
      'POST /deployments/{deploymentId}/stop: stop',
      'GET /deployments/{deploymentId}/log: read',
      'GET /deployments/{deploymentId}/files: read',
      'POST /schedules: schedule',
      'GET /schedules: read',
      'GET /schedules/{scheduleId}: read',
      'PATCH /schedules/{scheduleId}: schedule',
      'DELETE /schedules/{scheduleId}: schedule',
      'POST /schedules/{scheduleId}/pause: schedule',
      'POST /schedules/{scheduleId}/resume: schedule',
      'POST /schedules/{scheduleId}/run: schedule',
      'GET /queues: read',
      'GET /workers: read',
      'GET /events: read',
      'GET /events/stream: read',
      'GET /keys: keys',
      'POST /keys: keys',
      'DELETE /keys/{keyId}: keys',
      'GET /system: read',
    ]);
  });

  it('gives each scope these actions', () => {
    expect(actionsOf).toEqual({
      viewer: ['read'],
      agent: ['read', 'run', 'deploy', 'schedule'],
      operator: ['read', 'run', 'deploy', 'schedule', 'stop', 'pause', 'purge', 'register', 'remove'],
      admin: ['read', 'run', 'deploy', 'schedule', 'stop', 'pause', 'purge', 'register', 'remove', 'keys'],
    });
  });
});
