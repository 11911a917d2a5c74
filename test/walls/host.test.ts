import { describeHost } from '../worker/host-suite.ts';
import { levelsHere } from '../worker/sandbox-kit.ts';

// The best level is in test/worker.
for (const level of levelsHere.slice(1)) describeHost(level);
