// The systemd unit in docs/running-nodes.md is the one that `qrt run --help` prints.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePage, ROOT } from './markdown.ts';

const PAGE = 'docs/running-nodes.md';
const BEGIN = '[Unit]';

/** Where Node and the package lie is different on every machine. */
const withoutPaths = (unit: string): string =>
  unit.replace(/^ExecStart=\S+ (.*?)\S+\/dist\/cli\/main\.js /m, 'ExecStart=NODE $1MAIN ');

describe('the systemd unit of the guide', () => {
  it('is the one that `qrt run --help` prints', () => {
    const help = execFileSync(process.execPath, [join(ROOT, 'bin/qrt'), 'run', '--help'], {
      encoding: 'utf8',
    });
    const printed = help.slice(help.indexOf(BEGIN)).trim();
    const page = parsePage(PAGE, readFileSync(join(ROOT, PAGE), 'utf8'));
    const shown = page.blocks.find(({ lines }) => lines[0] === BEGIN)?.lines.join('\n') ?? '';
    expect(printed).toContain('ExecStart=');
    expect(withoutPaths(shown)).toBe(withoutPaths(printed));
    expect(withoutPaths(printed)).toMatch(/^ExecStart=NODE .*MAIN run /m);
  });
});
