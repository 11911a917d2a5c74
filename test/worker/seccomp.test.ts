import { describe, expect, it } from 'vitest';
import { isProcessor, makeFilter, NEEDED, type Processor } from '../../src/worker/seccomp.ts';
import { SYSCALLS, type Syscall } from '../../src/worker/syscalls.ts';

interface Call {
  readonly number: number;
  readonly audit: number;
  readonly args?: readonly number[];
}

const AUDIT = { x64: 0xc000003e, arm64: 0xc00000b7 };
const KILL = 0x80000000;
const ALLOW = 0x7fff0000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;

/** Runs a filter on a call, as Linux does it; throws on an instruction that Linux would refuse. */
function judge(filter: Uint8Array, { number, audit, args = [] }: Call): number {
  const code = Buffer.from(filter);
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(audit, 4);
  for (const [index, value] of args.entries()) data.writeBigUInt64LE(BigInt(value), 16 + 8 * index);
  let held = 0;
  for (let at = 0; ; at += 8) {
    const [kind, value] = [code.readUInt16LE(at), code.readUInt32LE(at + 4)];
    const [ifTrue, ifFalse] = [code.readUInt8(at + 2), code.readUInt8(at + 3)];
    if (kind === 0x06) return value;
    if (kind === 0x20) held = data.readUInt32LE(value);
    else if (kind === 0x54) held = (held & value) >>> 0;
    else if (kind === 0x05) at += 8 * value;
    else if (kind === 0x15) at += 8 * (held === value ? ifTrue : ifFalse);
    else if (kind === 0x35) at += 8 * (held >= value ? ifTrue : ifFalse);
    else throw new Error(`instruction ${kind}`);
  }
}

const COLUMNS = { x64: 0, arm64: 1 } as const;

describe.each(['x64', 'arm64'] as const)('seccomp on %s', (processor: Processor) => {
  const filter = makeFilter(processor);
  const audit = AUDIT[processor];
  const numberOf = (name: Syscall): number | undefined => SYSCALLS[name][COLUMNS[processor]];
  const ask = (name: Syscall, args: readonly number[] = []): number | undefined => {
    const number = numberOf(name);
    return number === undefined ? undefined : judge(filter, { number, audit, args });
  };

  it('is a program that Linux takes: whole instructions, not too many', () => {
    expect(filter.length % 8).toBe(0);
    expect(filter.length / 8).toBeLessThan(4096);
  });

  it('kills whoever calls as another processor, or by the numbers of x32', () => {
    const other = processor === 'x64' ? AUDIT.arm64 : AUDIT.x64;
    expect(judge(filter, { number: numberOf('read') ?? -1, audit: other })).toBe(KILL);
    expect(judge(filter, { number: 0x40000000, audit })).toBe(KILL);
    expect(judge(filter, { number: 0xffffffff, audit })).toBe(KILL);
  });

  it('allows what a worker needs and kills what only an attack calls', () => {
    for (const name of NEEDED)
      if (numberOf(name) !== undefined) expect([name, ask(name)]).toEqual([name, ALLOW]);
    for (const name of ['ptrace', 'mount', 'bpf', 'setns', 'perf_event_open'] as const) {
      expect([name, ask(name)]).toEqual([name, KILL]);
    }
    for (const name of ['clone3', 'io_uring_setup'] as const) expect(ask(name)).toBe(ENOSYS);
  });

  it('refuses every number that it does not name', () => {
    const named = new Set<number | undefined>(
      Object.values(SYSCALLS).map((numbers) => numbers[COLUMNS[processor]]),
    );
    for (let number = 0; number < 1000; number += 1) {
      if (!named.has(number))
        expect([number, judge(filter, { number, audit })]).toEqual([number, EPERM]);
    }
  });

  it('clone makes threads and nothing else', () => {
    expect(ask('clone', [0x3d0f00])).toBe(ALLOW);
    expect(ask('clone', [0x7d0f00])).toBe(ALLOW);
    for (const flags of [0x11, 0x3d0f00 | 0x10000000, 0x3d0f00 & ~0x10000, 0x4111]) {
      expect(ask('clone', [flags])).toBe(EPERM);
    }
  });

  it('openat reads and nothing else', () => {
    for (const flags of [0, 0o2000000]) expect(ask('openat', [0, 0, flags])).toBe(ALLOW);
    for (const flags of [0o1, 0o2, 0o3, 0o100, 0o1000, 0o2000, 0o20200000, 0o2000001]) {
      expect(ask('openat', [0, 0, flags])).toBe(EPERM);
    }
    if (processor === 'x64') expect(ask('open', [0, 0o2])).toBe(EPERM);
  });

  it('memory that no limit counts is refused', () => {
    expect(ask('mmap', [0, 1, 3, 0x22])).toBe(ALLOW);
    for (const flag of [0x21, 0x23, 0x122, 0x40022])
      expect(ask('mmap', [0, 1, 3, flag])).toBe(EPERM);
  });

  it('limits can be read and not set, whichever half of the address is not 0', () => {
    expect(ask('prlimit64', [0, 7, 0, 4096])).toBe(ALLOW);
    for (const address of [1, 2 ** 32, 2 ** 40 + 1]) {
      expect(ask('prlimit64', [0, 7, address, 0])).toBe(EPERM);
    }
  });

  it('a descriptor’s flags can be changed, not its owner or its size', () => {
    for (const command of [1, 2, 3, 4]) expect(ask('fcntl', [0, command])).toBe(ALLOW);
    for (const command of [0, 8, 1030, 1031]) expect(ask('fcntl', [0, command])).toBe(EPERM);
  });
});

describe('seccomp', () => {
  it('knows for which processors it is', () => {
    expect(isProcessor('x64')).toBe(true);
    expect(isProcessor('toString')).toBe(false);
    expect(isProcessor('riscv64')).toBe(false);
  });
});
