// Probe attempts: what the hostile probe tries, with all that Node can do, each one a function.
//
// Their texts are run in the worker's place, so none may use anything but what it is given. One
// that returns something got through; one that throws, or returns nothing, was stopped.

/** Things of this machine that nobody in a worker's place may reach, and numbers that are known. */
export interface ProbeTargets {
  readonly secretPath: string;
  readonly secret: string;
  readonly writablePath: string;
  readonly home: string;
  /** The worker's own program, as it is called inside. */
  readonly program: string;
  readonly hostPid: number;
  readonly hostUid: number;
  readonly hostName: string;
  readonly dataBytes: number;
  readonly tcpPort: number;
  readonly udpPort: number;
  readonly dnsPort: number;
  readonly socketPath: string;
  readonly abstractName: string;
}

type Need = <Module extends keyof Modules>(name: Module) => Modules[Module];

interface Modules {
  readonly 'node:fs': typeof import('node:fs');
  readonly 'node:os': typeof import('node:os');
  readonly 'node:net': typeof import('node:net');
  readonly 'node:dgram': typeof import('node:dgram');
  readonly 'node:dns': typeof import('node:dns');
  readonly 'node:child_process': typeof import('node:child_process');
}

/** Returns, or resolves to, what it got. */
type Try = (targets: ProbeTargets, need: Need) => unknown;

/** One kind of attempt. */
export interface Attempt {
  /** The level from which on it has to be stopped. */
  readonly stoppedAt: 'spaces' | 'full';
  /** What is open when it gets through. */
  readonly phrase: string;
  readonly run: Try;
}

const FILES = 'reading files';
const MAKING = 'making and changing files';
const PROCESSES = 'seeing and signalling other processes';
const NETWORK = 'network connections';
const SOCKETS = 'sockets of other programs';
const LIMITS = 'using memory, disk and open files without bound';

const readSecret: Try = ({ secretPath, secret }, need) =>
  need('node:fs').readFileSync(secretPath, 'utf8') === secret;

const readSystem: Try = (_targets, need) => need('node:fs').readFileSync('/etc/passwd').length > 0;

const listFiles: Try = ({ home }, need) => {
  const known = /^(node|program\.cjs|lib|lib32|lib64|libx32|usr|nix|opt|gnu)$/;
  const { readdirSync, existsSync } = need('node:fs');
  const others = readdirSync('/').filter((name) => !known.test(name));
  return others.length > 0 || (home !== '/' && existsSync(home) && readdirSync(home).length > 0);
};

const makeFile: Try = ({ writablePath }, need) => {
  const { closeSync, openSync, mkdirSync } = need('node:fs');
  const make = (path: string) => {
    try {
      closeSync(openSync(path, 'wx'));
      return true;
    } catch {
      return false;
    }
  };
  const places = [writablePath, '/probe', '/lib/probe', '/tmp/probe'];
  const made = places.filter(make);
  for (const path of made) need('node:fs').rmSync(path);
  if (made.length === 0) mkdirSync('/probe-directory');
  return true;
};

const changeProgram: Try = ({ program }, need) => {
  const { closeSync, openSync, chmodSync, statSync } = need('node:fs');
  for (const path of [program, process.execPath]) {
    try {
      closeSync(openSync(path, 'r+'));
      return path;
    } catch {}
  }
  chmodSync(program, statSync(program).mode);
  return true;
};

const seeProcesses: Try = ({ hostPid }, need) => {
  const { readdirSync, readFileSync } = need('node:fs');
  const isOther = (name: string) => /^\d+$/.test(name) && Number(name) !== process.pid;
  if (readdirSync('/proc').some(isOther)) return true;
  return readFileSync(`/proc/${hostPid}/environ`).length > 0;
};

const openMemory: Try = ({ hostPid }, need) =>
  need('node:fs').openSync(`/proc/${hostPid}/mem`, 'r');

/** Whether it came is for the host to say: a number may mean somebody else in here. */
const signalHost: Try = ({ hostPid }) => {
  process.kill(hostPid, 'SIGURG');
};

const signalFirst: Try = () => process.pid !== 1 && process.kill(1, 0);

const startProgram: Try = (_targets, need) =>
  need('node:child_process').spawnSync(process.execPath, ['--version']).status === 0;

const connect: Try = ({ tcpPort }, need) =>
  new Promise((resolve, reject) => {
    const socket = need('node:net').connect(tcpPort, '127.0.0.1');
    socket.on('error', reject).on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });

const connectPath: Try = ({ socketPath }, need) =>
  new Promise((resolve, reject) => {
    const socket = need('node:net').connect(socketPath);
    socket.on('error', reject).on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });

const connectAbstract: Try = ({ abstractName }, need) =>
  new Promise((resolve, reject) => {
    const socket = need('node:net').connect(`\0${abstractName}`);
    socket.on('error', reject).on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });

/** Whether it came is for the host to say. */
const sendDatagram: Try = ({ udpPort }, need) =>
  new Promise((resolve, reject) => {
    const socket = need('node:dgram').createSocket('udp4');
    socket.on('error', reject).send('probe', udpPort, '127.0.0.1', () => {
      socket.close();
      resolve(undefined);
    });
  });

/** Whether the question came is for the host to say. */
const askNames: Try = ({ dnsPort }, need) => {
  const resolver = new (need('node:dns').promises.Resolver)({ timeout: 100, tries: 1 });
  resolver.setServers([`127.0.0.1:${dnsPort}`]);
  return resolver.resolve4('probe.invalid');
};

const listen: Try = (_targets, need) =>
  new Promise((resolve, reject) => {
    const server = need('node:net').createServer();
    server.on('error', reject).listen(0, '127.0.0.1', () => {
      server.close();
      resolve(true);
    });
  });

const seeAddresses: Try = (_targets, need) =>
  Object.values(need('node:os').networkInterfaces()).some((list) =>
    list?.some(({ internal }) => !internal),
  );

const seeName: Try = ({ hostName }, need) => need('node:os').hostname() === hostName;

const beSomebody: Try = ({ hostUid }) =>
  process.getuid?.() === hostUid || process.getuid?.() === 0 || process.setuid?.(0) === undefined;

const seeEnvironment: Try = () =>
  Object.keys(process.env).some((name) => !/^(TZ|PWD|LD_LIBRARY_PATH)$/.test(name));

/** Node's own are pipes and have no type; what was left open to it would be one of these. */
const useInherited: Try = (_targets, need) => {
  for (let fd = 3; fd < 256; fd += 1) {
    try {
      const of = need('node:fs').fstatSync(fd);
      if (of.isSocket() || of.isFile() || of.isDirectory() || of.isCharacterDevice()) return true;
    } catch {}
  }
  return false;
};

const takeMemory: Try = ({ dataBytes }) => new ArrayBuffer(dataBytes).byteLength > 0;

const exceedLimits: Try = () => {
  const report: unknown = process.report?.getReport();
  const limits = (report as { userLimits: Record<string, { hard: unknown }> }).userLimits;
  const hard = (name: string): number => Number(limits[name]?.hard);
  return !(
    hard('core_file_size_blocks') === 0 &&
    hard('file_size_blocks') === 0 &&
    hard('open_files') <= 64
  );
};

/** All attempts by name. */
export const ATTEMPTS = {
  // Before any other of them has opened something.
  useInherited: { stoppedAt: 'spaces', phrase: 'using open files of the node', run: useInherited },
  readSecret: { stoppedAt: 'spaces', phrase: FILES, run: readSecret },
  readSystem: { stoppedAt: 'spaces', phrase: FILES, run: readSystem },
  listFiles: { stoppedAt: 'spaces', phrase: FILES, run: listFiles },
  makeFile: { stoppedAt: 'spaces', phrase: MAKING, run: makeFile },
  changeProgram: { stoppedAt: 'spaces', phrase: MAKING, run: changeProgram },
  seeProcesses: { stoppedAt: 'spaces', phrase: PROCESSES, run: seeProcesses },
  openMemory: { stoppedAt: 'spaces', phrase: PROCESSES, run: openMemory },
  signalHost: { stoppedAt: 'spaces', phrase: PROCESSES, run: signalHost },
  signalFirst: { stoppedAt: 'spaces', phrase: PROCESSES, run: signalFirst },
  startProgram: { stoppedAt: 'full', phrase: 'starting programs', run: startProgram },
  connect: { stoppedAt: 'spaces', phrase: NETWORK, run: connect },
  connectPath: { stoppedAt: 'spaces', phrase: SOCKETS, run: connectPath },
  connectAbstract: { stoppedAt: 'spaces', phrase: SOCKETS, run: connectAbstract },
  sendDatagram: { stoppedAt: 'spaces', phrase: NETWORK, run: sendDatagram },
  askNames: { stoppedAt: 'spaces', phrase: NETWORK, run: askNames },
  listen: { stoppedAt: 'full', phrase: 'making sockets', run: listen },
  seeAddresses: { stoppedAt: 'spaces', phrase: 'seeing names of this machine', run: seeAddresses },
  seeName: { stoppedAt: 'spaces', phrase: 'seeing names of this machine', run: seeName },
  beSomebody: { stoppedAt: 'spaces', phrase: 'acting as the user of the node', run: beSomebody },
  seeEnvironment: { stoppedAt: 'spaces', phrase: 'reading variables', run: seeEnvironment },
  takeMemory: { stoppedAt: 'spaces', phrase: LIMITS, run: takeMemory },
  exceedLimits: { stoppedAt: 'spaces', phrase: LIMITS, run: exceedLimits },
} as const satisfies Readonly<Record<string, Attempt>>;

export type AttemptName = keyof typeof ATTEMPTS;
