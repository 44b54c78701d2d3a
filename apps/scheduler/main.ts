/** The scheduler: owns schedules, and fires each of their due instants once. */
import { runService } from '#service';
import { assemble, slices } from './assemble.js';

await runService({ name: 'scheduler', slices, assemble });
