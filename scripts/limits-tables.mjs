// Writes the tables of limits in docs/running-nodes.md anew.
import './ts-loader.mjs';
import { writeFileSync } from 'node:fs';
import { LIMITS_PAGE, makeLimitsPage } from './lib/limits-tables.mjs';

writeFileSync(LIMITS_PAGE, await makeLimitsPage());
