export { scheduleDecider, unknown, type FireDue, type ScheduleCommand } from './schedule.decide.js';
export { dueNow, nextDue, nextUnsettled, type KnownSchedule, type Schedule } from './schedule.js';
export { nextInstants } from './calendar.js';
export { viewOf } from './schedule.view.js';
