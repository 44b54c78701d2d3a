import { type RunEvent } from '#contracts';
import { type Decider } from '../../../libs/event-store/decider.js';
import { type RunCommand } from './run.commands.js';
import { decideRun } from './run.decide.js';
import { absentRun, evolveRun } from './run.evolve.js';
import { type Run } from './run.js';

export const runDecider: Decider<RunCommand, Run, RunEvent> = {
  initial: absentRun,
  evolve: evolveRun,
  decide: decideRun,
};
