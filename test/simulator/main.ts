// Sim: runs histories from seeds and says what went wrong in them: `npm run sim`.
import { parseArgs } from 'node:util';
import { openRealm } from '../../src/guest/worker.ts';
import { runSeed } from './run.ts';
import { makeStreams } from './workloads/streams.ts';

const { values } = parseArgs({ options: { seed: { type: 'string' }, runs: { type: 'string' } } });
const realm = openRealm();
const first = Number(values.seed ?? 1);
for (let seed = first; seed < first + Number(values.runs ?? 1); seed += 1) {
  const began = performance.now();
  const r = runSeed({ seed, realm, cast: () => ({ workloads: [makeStreams()], observers: [] }) });
  const s = (performance.now() - began) / 1000;
  process.stdout.write(`${seed} ${s.toFixed(2)}s ${r.messages} msgs ${(r.messages / s).toFixed(0)}/s env ${r.envelopes} lives ${r.lives} ${r.hash.slice(0, 12)} ${JSON.stringify([...r.faults.counts])} ${r.complaints.slice(0, 3).join(' | ')}\n`);
}
