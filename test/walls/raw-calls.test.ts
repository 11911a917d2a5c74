import { describe, expect, it } from 'vitest';
import { callRaw, hasWalls, rawCalls } from './kit.ts';

const EPERM = '1';
const ENOSYS = '38';

/** What no worker ever does by accident. */
const KILLED = [
  ...['ptrace', 'process_vm_readv', 'process_vm_writev', 'bpf', 'keyctl', 'add_key'],
  ...['mount', 'remount', 'umount2', 'pivot_root', 'chroot', 'unshare', 'setns'],
  ...['userfaultfd', 'perf_event_open', 'init_module', 'kexec_load', 'reboot', 'open_by_handle_at'],
  ...(process.arch === 'x64' ? ['x32 getpid', 'x32 ptrace', 'int 0x80 getpid'] : []),
  ...(process.arch === 'x64' ? ['modify_ldt', 'iopl'] : []),
];
const REFUSED = [
  ...['fork', 'new user space', 'new net space', 'memfd_create', 'execveat', 'pidfd_open'],
  ...['socket unix', 'socket inet', 'socket inet6', 'socket netlink', 'socket packet'],
  ...['socket alg', 'socket vsock', 'socketpair', 'connect', 'sendmsg', 'recvmsg'],
  ...['kill', 'tgkill', 'prctl', 'seccomp', 'personality', 'setuid', 'setrlimit', 'setpriority'],
  ...[
    'sched_setaffinity',
    'open to write',
    'open both ways',
    'openat2',
    'unlink',
    'mkdir',
    'mknod',
  ],
  ...['shared memory', 'growing memory', 'shmget', 'mq_open', 'mlock', 'pipe buffer'],
  ...['push into terminal', 'inotify_init1', 'timer_create'],
  ...(process.arch === 'x64' ? ['old open to write', 'old fork'] : []),
];
const ABSENT = ['clone3', 'io_uring_setup', 'io_uring_enter'];
const DONE = ['getpid', 'getrlimit', 'open to read', 'private memory'];

describe.runIf(hasWalls && rawCalls !== undefined)('raw system calls behind the filter', () => {
  const expectAll = async (names: readonly string[], outcome: string): Promise<void> => {
    const outcomes: Record<string, string> = {};
    for (const name of names) outcomes[name] = await callRaw(name);
    expect(outcomes).toEqual(Object.fromEntries(names.map((name) => [name, outcome])));
  };

  it('what only an attack would call kills the worker', () => expectAll(KILLED, 'killed'));
  it('what a worker has no use for is refused', () => expectAll(REFUSED, EPERM));
  it('what others stand in for looks as if it did not exist', () => expectAll(ABSENT, ENOSYS));
  it('what a worker needs is done', () => expectAll(DONE, 'done'));
});

describe.runIf(hasWalls && rawCalls !== undefined)('raw system calls without the filter', () => {
  it('are made, so the filter is what stops them', async () => {
    const free = ['ptrace', 'process_vm_readv', 'fork', 'socket unix', 'memfd_create', 'prctl'];
    for (const name of free)
      expect([name, await callRaw(name, ['filter'])]).toEqual([name, 'done']);
  });

  it('a new user space is refused all the same, until that wall is away too', async () => {
    expect(await callRaw('unshare', ['filter'])).not.toBe('done');
    expect(await callRaw('unshare', ['filter', 'no more users'])).toBe('done');
  });

  it('another root is refused all the same, until the capabilities are there too', async () => {
    expect(await callRaw('chroot', ['filter'])).toBe(EPERM);
    expect(await callRaw('chroot', ['filter', 'capabilities'])).toBe('done');
  });

  it('a mount is refused all the same, as both walls behind it stand', async () => {
    for (const name of ['mount', 'remount', 'umount2', 'pivot_root']) {
      expect([name, await callRaw(name, ['filter'])]).toEqual([name, EPERM]);
    }
    expect(await callRaw('mount', ['filter', 'no more users', 'capabilities'])).toBe('done');
  });
});
