// The answer to a message on the command line: now, later, after restarts, and when it is none.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, makeWorld, type World } from './kit.ts';
import { runOnTerminal } from './pty.ts';

/** Answers, throws, or answers with a promise that a later message settles. */
const SHOP = `function shop({ item, self, say }, { memory, prices }) {
  memory.asked = (memory.asked ?? 0) + 1;
  if (item === 'me') return { to: self, $x: [1] };
  if (item === 'nothing') return;
  if (item === 'later') {
    const { promise, resolver } = Q.promise();
    memory.resolver = resolver;
    return promise;
  }
  if (say) return memory.resolver.sendOnly(say);
  if (!Object.hasOwn(prices, item)) throw Error('there is no ' + item);
  return prices[item];
}`;
const PRICES = '{"prices":{"tea":4,"bread":"crisp \\u202e"}}';

describe('the answer to a message', () => {
  let world: World;
  let shop: string;
  beforeAll(async () => {
    world = makeWorld();
    await world.startNew('one');
    shop = await world.install('one', SHOP, ['--power', PRICES]);
  });
  afterAll(() => world.end());

  const ask = (args: object, ...more: readonly string[]) =>
    world.run(['send', '-d', 'one', shop, JSON.stringify(args), '--result', ...more]);
  const result = (id: string, ...more: readonly string[]) =>
    world.run(['result', 'one', id, ...more]);
  const settle = (say: object) =>
    world.ok(['send', '-d', 'one', shop, JSON.stringify({ say }), '--wait']);

  it('Q58: send --result prints it as JSON and exits 0', async () => {
    expect(await ask({ item: 'tea' })).toEqual({ code: 0, stdout: '4\n', stderr: '' });
    expect((await ask({ item: 'tea' }, '--json')).stdout).toBe('{"value":4}\n');
    expect((await ask({ item: 'nothing' })).stdout).toBe('null\n');
    expect((await ask({ item: 'bread' })).stdout).toBe('"crisp \\u202e"\n');
    const me = await ask({ item: 'me' }, '--ref', `self=${shop}`);
    expect(me.stdout).toBe('{"to":{"$":"o1.0"},"$$x":[1]}\n');
  });

  it('Q58: a rejection stands on standard error, with exit code 3', async () => {
    const stderr = 'qrt: rejected: Error: there is no gold\n';
    expect(await ask({ item: 'gold' })).toEqual({ code: 3, stdout: '', stderr });
    const json = await ask({ item: 'gold' }, '--json', '--id', 'gold');
    expect(json).toMatchObject({ code: 3, stdout: '' });
    const error = { name: 'Error', message: 'there is no gold' };
    expect(JSON.parse(json.stderr)).toEqual({ error });
    expect(await result('gold', '--json')).toEqual(json);
    // A resolver is told any words.
    const unasked = await ask({ item: 'later' }, '--id', 'unasked', '--timeout', '1');
    expect(unasked.code).toBe(124);
    await settle({ error: { name: 'Odd', message: 'no\u001b[2J\nqrt: yes', code: 'C' } });
    const { stderr: coded } = await result('unasked');
    expect(coded).toBe('qrt: rejected: C: no\\u001b[2J\\nqrt: yes\n');
  });

  it('Q58: one that is late exits 124, and can be waited for by its id, over kills too', async () => {
    const late = await ask({ item: 'later' }, '--id', 'late', '--timeout', '1');
    expect(late).toMatchObject({ code: 124, stdout: '' });
    expect(late.stderr).toContain('QRT_ANSWER_LATE');
    expect(late.stderr).toContain(`qrt result ${world.path('one')} late`);
    expect(await result('late', '--timeout', '0')).toEqual(late);
    await world.kill('one');
    expect(await result('late')).toMatchObject({ code: 69, stdout: '' });
    await world.ok(['start', 'one']);
    const waiting = result('late');
    await settle({ value: { came: true } });
    expect(await waiting).toEqual({ code: 0, stdout: '{"came":true}\n', stderr: '' });
    await world.kill('one');
    // What is settled is on the disk of a stopped node as well.
    for (let time = 0; time < 2; time += 1) {
      expect((await result('late')).stdout).toBe('{"came":true}\n');
    }
    await world.ok(['start', 'one']);
  });

  it('Q58: who waits for it waits for a node that is killed meanwhile as well', async () => {
    const asked = (await world.status('one')).turns;
    const waiting = ask({ item: 'later' }, '--id', 'patient');
    await eventually(async () => (await world.status('one')).turns > asked);
    await world.kill('one');
    await world.ok(['start', 'one']);
    await settle({ value: 'at last' });
    expect(await waiting).toEqual({ code: 0, stdout: '"at last"\n', stderr: '' });
  });

  it('on a terminal who waits for it sees its id, and a rejection in red', async () => {
    const onTerminal = (args: string, more = '') =>
      runOnTerminal({ cwd: world.dir, line: `send -d one '${shop}' '${args}' --result ${more}` });
    const late = await onTerminal('{"item":"later"}', '--id shown --timeout 2');
    expect(late).toContain('waiting for the answer to shown … 1 s');
    expect(late.split('\r\u001b[2K').at(-1)).toMatch(/^qrt: .*QRT_ANSWER_LATE/);
    const gold = await onTerminal('{"item":"gold"}');
    expect(gold).toContain('qrt: \u001b[31mrejected\u001b[0m: Error: there is no gold\n');
  });

  it('Q58: the same id asked again gives the same answer, of one message', async () => {
    const first = await ask({ item: 'tea' }, '--id', 'again');
    const { turns } = await world.status('one');
    expect(await ask({ item: 'tea' }, '--id', 'again')).toEqual(first);
    expect(await result('again')).toEqual(first);
    expect((await world.status('one')).turns).toBe(turns);
  });

  it('what was sent without it, or never, and other mistakes exit 2 and say what to do', async () => {
    await world.ok(['send', '-d', 'one', shop, '{"item":"tea"}', '--id', 'plain']);
    const refused = async (code: string, ran: Promise<{ code: number; stderr: string }>) => {
      const { code: exit, stderr } = await ran;
      expect(stderr).toContain(code);
      expect(exit).toBe(2);
    };
    await refused('QRT_ANSWER_UNWANTED', result('plain'));
    await refused('QRT_REQUEST_REUSED', ask({ item: 'tea' }, '--id', 'plain'));
    await refused('QRT_REQUEST_UNKNOWN', result('never'));
    await refused('QRT_ARGUMENT_INVALID', result('no id'));
    await refused('--result with --wait', ask({ item: 'tea' }, '--wait'));
  });

  it('a stopped node is asked for no answer, and nothing is queued', async () => {
    await world.ok(['stop', 'one']);
    const stopped = await ask({ item: 'tea' }, '--id', 'early');
    expect(stopped).toMatchObject({ code: 69, stdout: '' });
    expect(stopped.stderr).toContain('QRT_NODE_STOPPED');
    expect((await result('early')).stderr).toContain('QRT_REQUEST_UNKNOWN');
    expect((await world.run(['verify', 'one'])).code).toBe(0);
    await world.ok(['start', 'one']);
  });
});
