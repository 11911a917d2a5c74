// Writes docs/errors.md anew.
import './ts-loader.mjs';
import { writeFileSync } from 'node:fs';
import { ERRORS_PAGE, makeErrorsPage } from './lib/errors-page.mjs';

writeFileSync(ERRORS_PAGE, await makeErrorsPage());
