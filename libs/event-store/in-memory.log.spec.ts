import { InMemoryLog } from './index.js';
import { conformsToEventLog } from './log.conformance.js';

conformsToEventLog('InMemoryLog', async () => new InMemoryLog());
