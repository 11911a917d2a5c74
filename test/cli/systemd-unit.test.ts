import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatUnit } from '../../src/cli/systemd-unit.ts';
import { NODE_STOP_MS_MAX } from '../../src/core/limits.ts';
import { makeScratch } from '../node/scratch.ts';

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

const unitOf = (dir: string) =>
  formatUnit({
    command: [process.execPath, '--flag', '/opt/q r/qrt', 'run', dir],
    dir,
    user: 'root',
  });

describe('systemd unit', () => {
  it('a node has longer to stop than its turns may take', () => {
    const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(unitOf('/srv/one')) ?? [];
    expect(Number(seconds) * 1_000).toBeGreaterThan(NODE_STOP_MS_MAX);
  });

  it('damage on disk is not started again, and only the node is told to stop', () => {
    const unit = unitOf('/srv/one');
    expect(unit).toMatch(/^Restart=on-failure$/m);
    expect(unit).toMatch(/^RestartPreventExitStatus=.*\b70\b/m);
    expect(unit).toMatch(/^KillMode=mixed$/m);
  });

  it('nothing in it keeps V8 from running the code that it makes', () => {
    expect(unitOf('/srv/one')).not.toContain('MemoryDenyWriteExecute');
  });

  it('paths are quoted as systemd reads them', () => {
    const unit = unitOf('/srv/a b%c"d$e');
    expect(unit).toContain('--flag "/opt/q r/qrt" run "/srv/a b%%c\\"d$$e"');
    expect(unit).toContain('ReadWritePaths="/srv/a b%%c\\"d$$e"');
  });

  it.skipIf(!hasSystemd)('systemd finds nothing wrong with it', () => {
    const dir = join(makeScratch(), 'a node');
    mkdirSync(dir);
    const path = join(makeScratch(), 'qrt-NODE1.service');
    writeFileSync(path, formatUnit({ command: [process.execPath, 'run', dir], dir, user: 'root' }));
    const ran = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' });
    // Other units of this machine may have faults of their own.
    const ours = `${ran.stdout}${ran.stderr}`.split('\n').filter((line) => line.includes('qrt-'));
    expect(ours).toEqual([]);
    const planted = path.replace('NODE1', 'NODE2');
    writeFileSync(planted, unitOf(dir).replace('KillMode=mixed', 'KillMode=some'));
    const wrong = spawnSync('systemd-analyze', ['verify', '--man=no', planted], {
      encoding: 'utf8',
    });
    expect(`${wrong.stdout}${wrong.stderr}`).toContain('kill mode');
  });
});
