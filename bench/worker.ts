// What one small turn costs in the worker, pipe included: batches of 64 turns of one object.
//
//   node --import ./scripts/ts-loader.mjs bench/worker.ts
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { encodeFrame, makeFrameSplitter, type Readings } from '../src/core/frames.ts';
import type { CodeHash, LocalId } from '../src/core/ids.ts';
import { parseWorkerFrame } from '../src/core/worker-frames.ts';

const BATCH = 64;
const BATCHES = 400;
const WORKER = fileURLToPath(new URL('../dist/guest/worker.cjs', import.meta.url));
const CODE = `function (args, power) {
  power.memory.count = (power.memory.count ?? 0) + args.add;
  args.to.sendOnly({ count: power.memory.count, from: args.name });
}`;

const hash = createHash('sha256').update(CODE).digest('hex') as CodeHash;
const target = 'o1.0' as LocalId;
const room = { rows: 100_000, bytes: 1 << 28 };
const readings: Readings = { timeMs: 1, seed: 'ab'.repeat(32), inbox: room, outbox: room };
const args = { body: '{"add":1,"name":"bench","to":{"$":0}}', slots: ['o2.0' as LocalId] };

const child = spawn(process.execPath, [...process.argv.slice(2), WORKER], {
  env: { TZ: 'UTC' },
  stdio: ['pipe', 'pipe', 'inherit'],
});
const splitter = makeFrameSplitter();
let turn = 0;
let outcomes = 0;
let wake = (): void => undefined;

child.stdout.on('data', (chunk: Buffer) => {
  for (const payload of splitter.push(chunk)) {
    const isAsk = payload[9] === 'a'.charCodeAt(0);
    if (isAsk) reply(payload);
    else outcomes += 1;
  }
  wake();
});

function reply(payload: Uint8Array): void {
  const ask = parseWorkerFrame(payload);
  if (ask.type !== 'ask') return;
  if (ask.what === 'object') {
    const data = { body: '{}', slots: [] };
    const natives = { make_object: 'make_object' } as const;
    const power = { data, natives, memory: 'm1.1' as LocalId };
    child.stdin.write(encodeFrame({ type: 'object', id: ask.id, object: { code: hash, power } }));
  } else if (ask.what === 'memory') {
    child.stdin.write(
      encodeFrame({ type: 'memory', id: ask.id, value: { body: '{}', slots: [] } }),
    );
  } else {
    child.stdin.write(encodeFrame({ type: 'code', hash, text: CODE }));
  }
}

async function runBatch(): Promise<void> {
  const wanted = outcomes + BATCH;
  const frames: Buffer[] = [];
  for (let index = 0; index < BATCH; index += 1) {
    turn += 1;
    frames.push(encodeFrame({ type: 'turn', turn, target, args, readings }));
  }
  child.stdin.write(Buffer.concat(frames));
  while (outcomes < wanted) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

for (let batch = 0; batch < 100; batch += 1) await runBatch();
const cpuBefore = process.cpuUsage();
const began = performance.now();
for (let batch = 0; batch < BATCHES; batch += 1) await runBatch();
const wallUs = ((performance.now() - began) * 1000) / (BATCH * BATCHES);
const { user, system } = process.cpuUsage(cpuBefore);
const oursUs = (user + system) / (BATCH * BATCHES);
console.log(`small turn: ${wallUs.toFixed(1)} us wall, of which ${oursUs.toFixed(1)} us CPU here`);
child.stdin.end();
await once(child, 'exit');
