import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { codedError } from '../../src/cli/coded-error.ts';
import { QrtError } from '../../src/core/errors.ts';

const caught = (body: () => unknown): unknown => {
  try {
    return body();
  } catch (error) {
    return error;
  }
};
const systemError = (code: string): Error => Object.assign(new Error(code), { code, path: '/x' });

describe('coded error', () => {
  it('a coded error stays as it is', () => {
    const error = new QrtError('QRT_VAT_BUSY', { what: 'x' });
    expect(codedError(error)).toBe(error);
  });

  it.each([
    ['ENOSPC', 'QRT_DISK_FULL'],
    ['SQLITE_FULL', 'QRT_DISK_FULL'],
    ['EACCES', 'QRT_DIR_UNUSABLE'],
    ['EROFS', 'QRT_DIR_UNUSABLE'],
  ])('%s of the system is %s', (system, code) => {
    expect(codedError(systemError(system)).code).toBe(code);
  });

  it('a directory in place of a file is named', () => {
    const error = codedError(caught(() => readFileSync('.')));
    expect(error.code).toBe('QRT_DIR_UNUSABLE');
    expect(error.message).toContain('EISDIR');
  });

  it('the name of a file makes no line of its own', () => {
    const path = `${fileURLToPath(import.meta.url)}/a\nqrt: Installed everything.`;
    const { code, message } = codedError(caught(() => readFileSync(path)));
    expect(code).toBe('QRT_DIR_UNUSABLE');
    expect(message).toContain('/a\\nqrt: Installed');
    expect(message).not.toContain('\n');
  });

  it('what no one foresaw is a fault of qrt, with its stack', () => {
    const error = codedError(caught(() => (undefined as unknown as { x: number }).x));
    expect(error.code).toBe('QRT_INVARIANT_BROKEN');
    expect(error.message).toContain('coded-error.test.ts');
    expect(codedError('text').message).toContain('text');
  });
});
