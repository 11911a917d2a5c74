// Targets: everything that is fuzzed, by name.

import type { Target } from './target.ts';
import { BOXES } from './targets/boxes.ts';
import { ENVELOPES } from './targets/envelopes.ts';
import { READERS } from './targets/readers.ts';

export const TARGETS: readonly Target[] = [...READERS, ENVELOPES, BOXES];
