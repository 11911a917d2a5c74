// Targets: everything that is fuzzed, by name.

import type { Target } from './target.ts';
import { BOXES } from './targets/boxes.ts';
import { COMMAND_LINES } from './targets/command-lines.ts';
import { ENVELOPES } from './targets/envelopes.ts';
import { FILES } from './targets/files.ts';
import { HTTP_REPLIES, HTTP_REQUESTS } from './targets/http.ts';
import { OUTCOMES } from './targets/outcomes.ts';
import { READERS } from './targets/readers.ts';
import { RECEIPTS } from './targets/receipts.ts';
import { OPERATOR_REQUESTS } from './targets/requests.ts';
import { SETTLED } from './targets/settled.ts';
import { STATEMENTS } from './targets/statements.ts';

export const TARGETS: readonly Target[] = [
  ...READERS,
  ...FILES,
  HTTP_REQUESTS,
  HTTP_REPLIES,
  ENVELOPES,
  BOXES,
  RECEIPTS,
  STATEMENTS,
  SETTLED,
  OPERATOR_REQUESTS,
  OUTCOMES,
  COMMAND_LINES,
];
