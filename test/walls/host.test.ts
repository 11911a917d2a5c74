import { it } from 'vitest';
import { describeHost } from '../worker/host-suite.ts';
import { levelsHere } from '../worker/sandbox-kit.ts';

// The best level is in test/worker.
const others = levelsHere.slice(1);
for (const level of others) describeHost(level);
it.skipIf(others.length > 0)('there is no other level here', () => undefined);
