// The main job in a temporary directory: two nodes, an object on each, messages both ways, and a
// `kill -9` in the middle of them. Each line that is printed after `$` was run by a shell.
//
//   node scripts/demo.mjs                  exits with 1 when a counter on disk is wrong
//   node scripts/demo.mjs --readme         writes what was printed into README.md, masked
//   node scripts/demo.mjs --check-readme   fails when README.md shows something else
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkReadme, writeReadme } from './lib/demo-readme.mjs';
import { makeStage } from './lib/demo-stage.mjs';
import { ROOT } from './lib/root.mjs';

/** Entries that each ledger sends to the other. */
const ENTRIES = 20_000;
const QUIET_MS_MAX = 50_000;
const POLL_MS = 100;

const stage = makeStage();
try {
  stage.put('ledger.js', readFileSync(join(ROOT, 'examples/ledger.js'), 'utf8'));
  await play();
  const code = finish();
  stage.end();
  process.exitCode = code;
} catch (error) {
  stage.end();
  process.stderr.write(`demo: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function play() {
  await stage.run('cat ledger.js');
  await stage.run('qrt create-node NODE1; qrt create-node NODE2');
  await stage.run('qrt start NODE1 NODE2');
  await stage.run('qrt gossip NODE1 NODE2');
  await stage.run('qrt install NODE1 ledger.js | tee ONE');
  await stage.run('qrt install NODE2 ledger.js | tee TWO');
  const until = `'{"until":${ENTRIES}}'`;
  const refs = (/** @type {string} */ partner, /** @type {string} */ self) =>
    `--ref partner=$(cat ${partner}) --ref self=$(cat ${self})`;
  await stage.run(`qrt send -d NODE1 $(cat TWO) ${until} ${refs('ONE', 'TWO')} --wait`);
  await stage.run(`qrt send -d NODE1 $(cat ONE) ${until} ${refs('TWO', 'ONE')}`);

  const pid = await untilTrue(async () => {
    const [one, two] = await readStatus();
    return one && two && one.outbox.rows > 0 && two.inbox.rows > 0 ? two.pid : undefined;
  });
  await stage.run("qrt status NODE1 | grep '^  outbox'; qrt status NODE2 | grep '^  inbox'");
  await stage.run(`kill -9 ${pid}; qrt start NODE2`);
  const killedMs = performance.now();
  await untilTrue(async () => {
    const nodes = await readStatus();
    return nodes.every(({ inbox, outbox }) => inbox.rows + outbox.rows === 0);
  });
  const seconds = ((performance.now() - killedMs) / 1_000).toFixed(1);
  await stage.run(`qrt stop NODE1 NODE2 # ${seconds} s later: all queues are empty`);
  await stage.run('for node in NODE1 NODE2; do qrt dump $node memory | tail -1; done');
}

/** Compares what the two databases hold, and the README when that was asked for. */
function finish() {
  const wanted = JSON.stringify({ sent: ENTRIES, got: ENTRIES });
  for (const node of ['NODE1', 'NODE2']) {
    const [row] = JSON.parse(stage.read(`qrt dump ${node} memory --json`));
    const { sent, got, ...rest } = JSON.parse(row.value);
    const found = JSON.stringify({ sent, got, ...rest });
    if (found !== wanted) throw new Error(`the ledger of ${node} holds ${found}, not ${wanted}`);
  }
  process.stdout.write(`\ndemo: ${ENTRIES} entries each way, every one once and in order\n`);
  const flags = process.argv.slice(2);
  if (flags.includes('--readme')) return writeReadme(stage.transcript());
  if (flags.includes('--check-readme')) return checkReadme(stage.transcript());
  return 0;
}

/**
 * @typedef {{ rows: number }} Queue
 * @typedef {{ pid: number, inbox: Queue, outbox: Queue }} Status
 * @returns {Promise<Status[]>}
 */
async function readStatus() {
  const lines = stage.read('qrt status NODE1 NODE2 --json').trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

/**
 * @template T
 * @param {() => Promise<T>} check
 * @returns {Promise<NonNullable<T>>} the first thing it returns that is true
 */
async function untilTrue(check) {
  const endMs = performance.now() + QUIET_MS_MAX;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (performance.now() > endMs) throw new Error(`not within ${QUIET_MS_MAX / 1_000} s`);
    await delay(POLL_MS);
  }
}
