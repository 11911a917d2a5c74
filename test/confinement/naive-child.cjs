// Naive child: runs one attack in the sandbox that `node:vm` seems to offer, and says how it went.
//
// It does what is commonly done: one context for all guests, functions made of text, called with
// objects of the host, JSON for what stays. A call that would not end is ended here, only so that
// it can be told. One line of JSON comes in on standard input and one goes out; that none goes out
// means that the attack ended the process, or never gave it back.

const vm = require('node:vm');
const { readFileSync, writeSync } = require('node:fs');

const { code, goal, timeoutMs } = JSON.parse(readFileSync(0, 'utf8'));
const { JSON: hostJson, Object: HostObject, Array: HostArray } = globalThis;
const parse = hostJson.parse.bind(hostJson);
const stringify = hostJson.stringify.bind(hostJson);

const context = vm.createContext({});
const evaluate = (text) => vm.runInContext(`(${text})`, context, { timeout: timeoutMs });

/** Calls within the timeout, also what the context has made. */
function within(body) {
  globalThis.job = body;
  try {
    return { value: vm.runInThisContext('job()', { timeout: timeoutMs }) };
  } catch (error) {
    return { error, hung: error?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' };
  }
}

const host = { sent: [], logs: [], made: [], stored: {} };
const reference = (name, run) => ({
  sendOnly: (args) => void host.sent.push(stringify(args)),
  call: (args) => run?.(args) ?? name,
});
/** A power as a naive host hands it out: its own objects, not frozen. */
function makePower(memory) {
  const power = {
    memory,
    log: (line) => void host.logs.push(String(line)),
    make_object(text, newpower) {
      const made = evaluate(text);
      host.made.push({ text, newpower });
      return reference('made', (args) => made(args, newpower));
    },
  };
  return power;
}

const victim = evaluate(`function victim(args, power) {
  const words = ['pear', 'fig', 'apple'].map((word) => word.toUpperCase()).sort();
  const found = []; for (const key in {}) found.push(key); for (const key in []) found.push(key);
  power.memory.count = (power.memory.count ?? 0) + 1;
  return JSON.stringify([words, found, new Map([[1, 2]]).get(1), /(x)/.exec('x')[1], Object.keys(globalThis), 'a-b'.split('-'), typeof Symbol.iterator]);
}`);
const victimMemory = {};
const askVictim = () => within(() => victim({}, makePower(victimMemory)));
const before = askVictim().value;
const hostBefore = describeHost();

/** The own properties of the host's intrinsics. */
function describeHost() {
  const things = [HostObject, HostArray, Function, String, Promise, Map, Error, JSON, Math, Symbol];
  return things
    .flatMap((thing) => [thing, thing.prototype])
    .filter((thing) => thing !== undefined)
    .flatMap((thing) => Reflect.ownKeys(thing).map((key) => [key, readOwn(thing, key)]));
}
function readOwn(thing, key) {
  const { value, get } = HostObject.getOwnPropertyDescriptor(thing, key);
  return value ?? get;
}
function isHostSame() {
  const now = describeHost();
  if (now.length !== hostBefore.length) return false;
  return now.every(([key, value], at) => key === hostBefore[at][0] && value === hostBefore[at][1]);
}

async function run() {
  const report = { accepted: false };
  let run;
  try {
    run = evaluate(code);
    report.accepted = true;
  } catch (error) {
    report.refused = String(error?.name);
    report.hung = error?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
  }
  const call = () => {
    const args = { ref: reference('sunk'), list: [1, 2, 3] };
    const power = makePower(host.stored);
    const result = within(() => run(args, power));
    if (!('error' in result)) {
      const stored = within(() => stringify(power.memory));
      if (stored.hung) result.hung = true;
      else host.stored = typeof stored.value === 'string' ? parse(stored.value) : {};
    }
    return { ...result, args, power };
  };
  const isCallable = typeof run === 'function';
  const first = isCallable ? call() : {};
  const second = isCallable && !first.hung ? call() : {};
  const jsoned = within(() => stringify(first.value));
  report.hung ||= first.hung === true || second.hung === true || jsoned.hung === true;
  await new Promise((resolve) => setImmediate(resolve));
  const after = askVictim();
  const scope = {
    // What it returned, at first and when it was called again, and what it threw.
    value: first.value,
    again: second.value,
    error: first.error,
    returned: isCallable && !('error' in first),
    // Whether the text became a function or ran, and whether it used up all its time.
    accepted: report.accepted,
    hung: report.hung,
    died: false,
    // Whether a guest that ran before and after it saw a difference, or the host did.
    spoilt: after.value !== before,
    hostChanged: !isHostSame(),
    // What JSON made of the value: nothing, or something else than was returned.
    json: jsoned.value,
    // Whether a usual catch block of the host breaks over what was thrown.
    catchBreaks: isCallable && 'error' in first && doesCatchBreak(first.error),
    altered: isAltered(first.value, jsoned.value),
    host,
    args: first.args,
    power: first.power,
    pid: process.pid,
    process,
    context,
  };
  const names = Object.keys(scope);
  let isMet = false;
  try {
    const test = new Function(...names, `return (async () => ${goal})()`);
    isMet = Boolean(await test(...Object.values(scope)));
  } catch (error) {
    report.goalError = String(error);
  }
  // Not console.log or process.stdout: the attack may have replaced them.
  writeSync(1, `${stringify({ ...report, isMet, value: preview(first) })}\n`);
  process.reallyExit(0);
}

function doesCatchBreak(error) {
  try {
    return `${error.name}: ${error.message} ${error}` === '';
  } catch {
    return true;
  }
}

/** Whether JSON changes a value silently. */
function isAltered(value, json) {
  const seen = (left, right) => {
    if (typeof left !== 'object' || left === null) return !HostObject.is(left, right);
    if (typeof right !== 'object' || right === null) return true;
    const keys = Reflect.ownKeys(left).filter((key) => key !== 'length');
    if (keys.length !== Reflect.ownKeys(right).filter((key) => key !== 'length').length)
      return true;
    if (!['Object', 'Array'].includes(left.constructor?.name)) return true;
    return keys.some((key) => {
      const found = HostObject.getOwnPropertyDescriptor(left, key);
      if (!('value' in found)) return true;
      return seen(found.value, HostObject.getOwnPropertyDescriptor(right, key)?.value);
    });
  };
  try {
    return json === undefined
      ? value !== undefined && typeof json !== 'string'
      : seen(value, parse(json));
  } catch {
    return false;
  }
}

function preview({ value, ...rest }) {
  const { error } = rest;
  try {
    return !('error' in rest)
      ? `${typeof value} ${String(value).slice(0, 60)}`
      : `threw ${String(error?.message).slice(0, 80)}`;
  } catch {
    return 'cannot be shown';
  }
}

void run();
