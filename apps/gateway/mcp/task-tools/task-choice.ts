/** Which tasks have tools of their own in a session: `?tasks=` of its URL. */
import { refuse, type Refused } from '#contracts';
import { type ServedTask } from '../../catalogue/index.js';
import { type Caller } from '../../auth/index.js';
import { taskToolName } from './task-tool-name.js';

export type TaskChoice =
  | { kind: 'own' }
  | { kind: 'none' }
  | { kind: 'all' }
  | { kind: 'category'; category: string }
  | { kind: 'named'; names: readonly string[] };

/** Those that the caller deployed lately. */
const MAX_OWN = 15;
/** A list that was asked for may be longer, but a model must still be able to read it. */
const MAX_CHOSEN = 100;

/** @param text the value of `tasks`; undefined when it is left out. */
export function parseTaskChoice(text: string | undefined): TaskChoice | Refused {
  const choice = text?.trim() ?? '';
  if (choice === '') return { kind: 'own' };
  if (choice === 'all' || choice === 'none') return { kind: choice };
  const category = /^category:(.*)$/s.exec(choice)?.[1]?.trim();
  if (category !== undefined) return category === '' ? invalid(choice) : { kind: 'category', category };
  const names = choice.split(',').map((name) => name.trim());
  const fit = names.length <= MAX_CHOSEN && names.every((name) => /^[a-z][a-z0-9_.]{0,99}$/.test(name));
  return fit ? { kind: 'named', names } : invalid(choice);
}

function invalid(choice: string): Refused {
  return refuse('request.invalid', `?tasks=${choice.slice(0, 100)} is not understood.`, {
    hint: 'Use all, none, category:<name>, or up to 100 names of tasks with commas between them.',
    details: { field: 'tasks' },
  });
}

/** In the order of their names, which does not change when one of them is deployed again. */
export function chooseTasks(
  choice: TaskChoice,
  served: readonly ServedTask[],
  caller: Pick<Caller, 'actor'>,
): ServedTask[] {
  const callable = served.filter(({ name }) => taskToolName(name) !== undefined);
  return chosen(choice, callable, caller).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function chosen(choice: TaskChoice, served: readonly ServedTask[], { actor }: Pick<Caller, 'actor'>): ServedTask[] {
  switch (choice.kind) {
    case 'none':
      return [];
    case 'own':
      return newest(served.filter(({ by }) => by === actor)).slice(0, MAX_OWN);
    case 'all':
      return newest(served).slice(0, MAX_CHOSEN);
    case 'category':
      return newest(served.filter(({ category }) => category === choice.category)).slice(0, MAX_CHOSEN);
    case 'named':
      return served.filter(({ name }) => choice.names.includes(name));
  }
}

const newest = (tasks: readonly ServedTask[]): ServedTask[] => [...tasks].sort((a, b) => b.publishedAt - a.publishedAt);
