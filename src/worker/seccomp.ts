// Seccomp: the filter of system calls for a worker, as the program that Linux runs on each call.
//
// It is an allow-list: what is not named fails with EPERM, what only an attack would call kills.
// Programs for it are a few instructions of the classic packet filter, eight bytes each.

import { SYSCALLS, type Syscall } from './syscalls.ts';

/** Processors that there is a filter for, as `process.arch` names them. */
const PROCESSORS = {
  x64: { column: 0, audit: 0xc000003e },
  arm64: { column: 1, audit: 0xc00000b7 },
} as const;

export type Processor = keyof typeof PROCESSORS;

/** Calls without which no worker runs, whatever their arguments; those of every moment first. */
export const NEEDED = [
  ...['read', 'write', 'futex', 'madvise', 'mprotect', 'munmap', 'close'],
  ...['fstat', 'newfstatat', 'statx', 'pread64', 'rt_sigaction', 'rt_sigprocmask', 'uname'],
  ...['arch_prctl', 'getrandom', 'epoll_create1', 'epoll_ctl', 'epoll_pwait', 'eventfd2', 'pipe2'],
  ...['execve', 'exit', 'exit_group'],
] as const satisfies readonly Syscall[];

/**
 * Calls without which a worker runs here and now: such as programs do not expect to fail, such as
 * only some clocks and suspended machines need, and those of musl's library where glibc has others.
 */
const KEPT = [
  ...['getpid', 'gettid', 'getuid', 'geteuid', 'getgid', 'getegid', 'brk', 'mremap', 'sched_yield'],
  ...['set_tid_address', 'set_robust_list', 'rseq', 'rt_sigreturn', 'restart_syscall'],
  ...['clock_gettime', 'clock_getres', 'gettimeofday', 'nanosleep', 'clock_nanosleep'],
  ...['epoll_wait', 'readv', 'writev', 'lseek', 'readlink'],
] as const satisfies readonly Syscall[];

/** Calls that have to look as if the kernel were too old for them, so that others are made. */
const ABSENT = [
  ...['clone3', 'io_uring_setup', 'io_uring_enter', 'io_uring_register'],
] as const satisfies readonly Syscall[];

/** Calls that no worker makes by accident. */
const LETHAL = [
  ...['ptrace', 'process_vm_readv', 'process_vm_writev', 'process_madvise', 'pidfd_getfd', 'kcmp'],
  ...['bpf', 'keyctl', 'add_key', 'request_key', 'perf_event_open', 'userfaultfd'],
  ...['mount', 'umount2', 'pivot_root', 'chroot', 'move_mount', 'open_tree', 'mount_setattr'],
  ...['fsopen', 'fsmount', 'fsconfig', 'fspick', 'open_by_handle_at', 'name_to_handle_at'],
  ...['unshare', 'setns', 'kexec_load', 'kexec_file_load', 'reboot', 'swapon', 'swapoff', 'acct'],
  ...['init_module', 'finit_module', 'delete_module', 'settimeofday', 'clock_settime'],
  ...['modify_ldt', 'iopl', 'ioperm'],
] as const satisfies readonly Syscall[];

/** Bits of `open` that write or make files. */
const WRITING = 0o1 | 0o2 | 0o100 | 0o1000 | 0o2000 | 0o20000000;
/** Memory that a limit of data does not count: shared, growing downwards, of huge pages. */
const UNCOUNTED = 0x01 | 0x100 | 0x40000;
/** Reading and setting the flags of a descriptor. */
const FILE_FLAGS = [1, 2, 3, 4];
/** What glibc and musl give to `clone` for a thread, of which musl sets one bit more. */
const THREAD = 0x3d0f00;
const DETACHED = 0x400000;

const EPERM = 1;
const ENOSYS = 38;
const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const ERRNO = 0x00050000;

/** Where the kernel lays out a call: number, processor, then arguments of 64 bits. */
const AT_NUMBER = 0;
const AT_PROCESSOR = 4;
const atArgument = (index: number): number => 16 + 8 * index;
const atArgumentHigh = (index: number): number => atArgument(index) + 4;

/** The other numbers of x86_64, for 32-bit addresses, begin here. */
const X32 = 0x40000000;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

const load = (at: number): Instruction => [0x20, 0, 0, at];
const and = (mask: number): Instruction => [0x54, 0, 0, mask];
const end = (action: number): Instruction => [0x06, 0, 0, action];
/** Goes on when equal, else skips so many. */
const unlessEqual = (value: number, skip: number): Instruction => [0x15, 0, skip, value];
const unlessAtLeast = (value: number, skip: number): Instruction => [0x35, 0, skip, value];

/** Whether there is a filter for a processor. */
export function isProcessor(name: string): name is Processor {
  return Object.hasOwn(PROCESSORS, name);
}

/** The filter, as bubblewrap reads it. `without` is for tests, which take calls away. */
export function makeFilter(processor: Processor, without: readonly Syscall[] = []): Uint8Array {
  const { column, audit } = PROCESSORS[processor];
  const when = (names: readonly Syscall[], then: readonly Instruction[]): readonly Instruction[] =>
    names.flatMap((name) => {
      const number = SYSCALLS[name][column];
      if (number === undefined || without.includes(name)) return [];
      return [unlessEqual(number, then.length), ...then];
    });
  return encode([
    ...[load(AT_PROCESSOR), unlessEqual(audit, 1), [0x05, 0, 0, 1] as const, end(KILL)],
    ...[load(AT_NUMBER), unlessAtLeast(X32, 1), end(KILL)],
    ...when([...NEEDED, ...KEPT], [end(ALLOW)]),
    ...when(['clone'], onlyIf(atArgument(0), ~DETACHED >>> 0, THREAD)),
    ...when(['openat'], onlyIf(atArgument(2), WRITING, 0)),
    ...when(['mmap'], onlyIf(atArgument(3), UNCOUNTED, 0)),
    ...when(['fcntl'], onlyAmong(atArgument(1), FILE_FLAGS)),
    ...when(['open'], onlyIf(atArgument(1), WRITING, 0)),
    // Limits may be read, not set: there is no new value.
    ...when(
      ['prlimit64'],
      [
        ...[load(atArgument(2)), unlessEqual(0, 3), load(atArgumentHigh(2)), unlessEqual(0, 1)],
        ...[end(ALLOW), end(ERRNO | EPERM)],
      ],
    ),
    ...when(ABSENT, [end(ERRNO | ENOSYS)]),
    ...when(LETHAL, [end(KILL)]),
    end(ERRNO | EPERM),
  ]);
}

/** Allows the call when the masked argument has one value. */
function onlyIf(at: number, mask: number, value: number): readonly Instruction[] {
  return [load(at), and(mask), unlessEqual(value, 1), end(ALLOW), end(ERRNO | EPERM)];
}

/** Allows the call when the argument is one of the values. */
function onlyAmong(at: number, values: readonly number[]): readonly Instruction[] {
  const allowed = values.flatMap((value) => [unlessEqual(value, 1), end(ALLOW)]);
  return [load(at), ...allowed, end(ERRNO | EPERM)];
}

function encode(instructions: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(instructions.length * 8);
  for (const [index, [code, ifTrue, ifFalse, value]] of instructions.entries()) {
    const at = index * 8;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(ifTrue, at + 2);
    bytes.writeUInt8(ifFalse, at + 3);
    bytes.writeUInt32LE(value >>> 0, at + 4);
  }
  return bytes;
}
