import fs from 'node:fs';
function copy({ path }) {}
