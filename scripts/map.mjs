// Writes the list of files in src/README.md anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { MAP, withFiles } from './lib/map.mjs';

writeFileSync(MAP, withFiles(readFileSync(MAP, 'utf8')));
