import { describe, expect, it } from 'vitest';
import {
  type DeploymentId,
  isRefused,
  type Lane,
  type QueueName,
  type RefusalCode,
  type TaskDeclaration,
  type TaskEvent,
  type TaskName,
} from '#contracts';
import { fold } from '../../../libs/event-store/decider.js';
import { detailsOf, taskDecider, type TaskCommand } from './index.js';

const task = 'add' as TaskName;
const queue = 'math' as QueueName;
const by = 'key:abc';
const deployment = (n: number) => `00000000-0000-7000-8000-00000000000${n}` as DeploymentId;
const declaration = (description = 'adds'): TaskDeclaration => ({
  name: task,
  description,
  argumentsSchema: { type: 'object' },
  resultSchema: {},
  policies: { maxAttempts: 3 },
});

const publish = (n: number, description?: string): TaskCommand => ({
  type: 'PublishTaskVersion',
  task,
  declaration: declaration(description),
  category: 'general',
  queue,
  deploymentId: deployment(n),
  by,
  at: 10,
});
const register = (description?: string): TaskCommand => ({
  ...(publish(1, description) as Extract<TaskCommand, { type: 'PublishTaskVersion' }>),
  deploymentId: null,
});
const retire = (n: number): TaskCommand => ({
  type: 'RetireTaskVersion',
  task,
  deploymentId: deployment(n),
  reason: 'stopped',
  by,
  at: 20,
});
const activate = (version: number): TaskCommand => ({ type: 'ActivateTaskVersion', task, version, by, at: 30 });
const revise = (changes: object): TaskCommand => ({ type: 'ReviseTask', task, by, at: 40, ...changes });
const deprecate: TaskCommand = { type: 'DeprecateTask', task, reason: 'use sum', by, at: 50 };
const remove: TaskCommand = { type: 'RemoveTask', task, by, at: 60 };

const published = (version: number, n = version, description?: string): TaskEvent => ({
  type: 'TaskVersionPublished',
  at: 10,
  version,
  declaration: declaration(description),
  category: 'general',
  queue,
  lane: `math/${deployment(n)}` as Lane,
  deploymentId: deployment(n),
  by,
});
const registered = (version: number, description?: string): TaskEvent =>
  ({ ...published(version, 1, description), lane: 'math', deploymentId: null }) as TaskEvent;
const retired = (version: number, n = version): TaskEvent => ({
  type: 'TaskVersionRetired',
  at: 20,
  version,
  deploymentId: deployment(n),
  reason: 'stopped',
});
const activated = (version: number, at = 30): TaskEvent => ({ type: 'TaskVersionActivated', at, version, by });
const removed: TaskEvent = { type: 'TaskRemoved', at: 60, by };

function given(...events: TaskEvent[]) {
  const state = fold(taskDecider, events);
  return {
    state,
    when(command: TaskCommand) {
      const answer = taskDecider.decide(command, state);
      return {
        then: (...expected: TaskEvent[]) => expect(answer).toEqual(expected),
        thenNothing: () => expect(answer).toEqual([]),
        thenRefused: (code: RefusalCode, hint?: RegExp) => {
          expect(isRefused(answer) && answer.refusal.code).toBe(code);
          if (hint) expect(isRefused(answer) && answer.refusal.hint).toMatch(hint);
        },
      };
    },
  };
}

describe('publishing', () => {
  it('numbers versions from one', () => {
    given().when(publish(1)).then(published(1));
    given(published(1)).when(publish(2)).then(published(2));
    given(published(1), retired(1)).when(publish(2)).then(published(2));
  });

  it('changes nothing for a deployment that was published before', () => {
    given(published(1), published(2)).when(publish(1)).thenNothing();
    given(published(1), retired(1)).when(publish(1)).thenNothing();
  });

  it('makes the new version active', () => {
    expect(given(published(1), published(2)).state.activeVersion).toBe(2);
  });

  it('brings back a removed task', () => {
    given(published(1), removed).when(publish(2)).then(published(2));
    expect(given(published(1), removed, published(2)).state).toMatchObject({ removed: false, activeVersion: 2 });
  });
});

describe('registering by hand', () => {
  it("publishes on the queue's own lane", () => {
    given().when(register()).then(registered(1));
  });

  it('says nothing new when nothing is new', () => {
    given(registered(1)).when(register()).thenNothing();
    given(registered(1)).when(register('adds two numbers')).then(registered(2, 'adds two numbers'));
  });

  it('takes over from a deployment, and comes back after removal', () => {
    given(published(1)).when(register()).then(registered(2));
    given(registered(1), removed).when(register()).then(registered(2));
  });
});

describe('retiring', () => {
  it('leaves the task without an active version when none else serves', () => {
    given(published(1)).when(retire(1)).then(retired(1));
    expect(given(published(1), retired(1)).state.activeVersion).toBeNull();
  });

  it('hands over to the newest version that still serves, and says so', () => {
    given(published(1), published(2), published(3)).when(retire(3)).then(retired(3), activated(2, 20));
    given(published(1), published(2), retired(2), published(3)).when(retire(3)).then(retired(3), activated(1, 20));
  });

  it('does not touch the active version when another one retires', () => {
    given(published(1), published(2)).when(retire(1)).then(retired(1));
    expect(given(published(1), published(2), retired(1)).state.activeVersion).toBe(2);
  });

  it('is done once', () => {
    given(published(1), retired(1)).when(retire(1)).thenNothing();
    given(published(1)).when(retire(2)).thenNothing();
    given().when(retire(1)).thenNothing();
  });

  it('wakes no other version of a removed task', () => {
    given(published(1), published(2), removed).when(retire(2)).then(retired(2));
  });
});

describe('activating', () => {
  it('goes back to an older version', () => {
    given(published(1), published(2)).when(activate(1)).then(activated(1));
    given(published(1), published(2)).when(activate(2)).thenNothing();
  });

  it('needs a version that exists and serves', () => {
    given().when(activate(1)).thenRefused('task.unknown');
    given(published(1), published(2)).when(activate(7)).thenRefused('task.version-unknown', /1, 2/);
    given(published(1), retired(1), published(2)).when(activate(1)).thenRefused('task.not-serving', /2/);
    given(published(1), removed).when(activate(1)).thenRefused('task.removed');
  });
});

describe('revising', () => {
  it('states only what changes', () => {
    given(published(1))
      .when(revise({ description: 'adds', category: 'math', policies: { maxAttempts: 3 } }))
      .then({ type: 'TaskRevised', at: 40, category: 'math', by });
    given(published(1))
      .when(revise({ description: 'adds' }))
      .thenNothing();
  });

  it('belongs to the version that it was made on', () => {
    const revised: TaskEvent = { type: 'TaskRevised', at: 40, policies: { softLimitMs: 50 }, description: 'new', by };
    const after = given(published(1), published(2), revised).state;
    expect(detailsOf(task, after)).toMatchObject({ description: 'new', policies: { maxAttempts: 3, softLimitMs: 50 } });
    const back = given(published(1), published(2), revised, activated(1)).state;
    expect(detailsOf(task, back)).toMatchObject({ description: 'adds', policies: { softLimitMs: 300_000 } });
  });
});

describe('deprecating and removing', () => {
  it('lets a deprecated task serve on', () => {
    given(published(1)).when(deprecate).then({ type: 'TaskDeprecated', at: 50, reason: 'use sum', by });
    const state = given(published(1), { type: 'TaskDeprecated', at: 50, reason: 'use sum', by }).state;
    expect(state).toMatchObject({ activeVersion: 1, deprecated: 'use sum' });
  });

  it('removes once, and refuses what comes after', () => {
    given(published(1)).when(remove).then(removed);
    given(published(1), removed).when(remove).thenNothing();
    given().when(remove).thenRefused('task.unknown');
    given(published(1), removed).when(deprecate).thenRefused('task.removed', /again/);
    given(published(1), removed)
      .when(revise({ category: 'x' }))
      .thenRefused('task.removed');
  });
});
