/** The deployer: owns deployments and their workers. */
import { runService } from '#service';
import { assemble, slices } from './assemble.js';

await runService({ name: 'deployer', slices, assemble });
