/** The dispatcher: owns runs and queues. */
import { runService } from '#service';
import { assemble, slices } from './assemble.js';

await runService({ name: 'dispatcher', slices, assemble });
