/** The registry: owns tasks and API keys, and carries the log out to JetStream. */
import { runService } from '#service';
import { assemble, slices } from './assemble.js';

await runService({ name: 'registry', slices, assemble });
