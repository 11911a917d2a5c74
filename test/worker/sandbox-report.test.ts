import { describe, expect, it } from 'vitest';
import { type MachineFacts, writeReport } from '../../src/worker/sandbox-report.ts';

const LINUX: MachineFacts = {
  isLinux: true,
  hasBubblewrap: true,
  isContainer: false,
  settings: {},
};

const adviceFor = (facts: Partial<MachineFacts>) =>
  writeReport({
    level: 'none',
    open: ['reading files'],
    refusals: [
      { level: 'full', reason: 'bwrap: it failed' },
      { level: 'spaces', reason: 'other' },
    ],
    facts: { ...LINUX, ...facts },
  });

describe('sandbox report', () => {
  it('of the best level is one line without a warning', () => {
    const report = writeReport({ level: 'full', open: [], refusals: [], facts: LINUX });
    expect(report).toEqual({ level: 'full', open: [], line: expect.stringContaining('full') });
  });

  it('of a lower level says in one line what is open, why, and what to do', () => {
    const { level, open, reason, advice, line } = adviceFor({ hasBubblewrap: false });
    expect(level).toBe('none');
    expect(open).toEqual(['reading files', "every call of the system's kernel"]);
    expect(reason).toBe('bwrap: it failed');
    expect(advice).toContain('`apt install bubblewrap`');
    for (const text of ['none', 'reading files', reason, advice]) expect(line).toContain(text);
    expect(line).not.toContain('\n');
  });

  it('the advice follows what this machine forbids', () => {
    const advise = (facts: Partial<MachineFacts>) => adviceFor(facts).advice;
    expect(advise({ isLinux: false })).toContain('on Linux');
    expect(advise({ isContainer: true })).toContain('seccomp');
    const withSetting = (name: string, value: string) => advise({ settings: { [name]: value } });
    expect(withSetting('kernel.unprivileged_userns_clone', '0')).toContain('userns_clone=1');
    expect(withSetting('user.max_user_namespaces', '0')).toContain('max_user_namespaces=');
    expect(withSetting('kernel.apparmor_restrict_unprivileged_userns', '1')).toContain('AppArmor');
    expect(withSetting('user.max_user_namespaces', '1')).toContain('qrt doctor');
  });

  it('a level that was asked for and got needs no advice', () => {
    const report = writeReport({ level: 'spaces', open: [], refusals: [], facts: LINUX });
    expect(report).toMatchObject({ reason: 'no better one was asked for' });
    expect(report).not.toHaveProperty('advice');
  });
});
