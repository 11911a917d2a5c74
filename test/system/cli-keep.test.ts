// Housekeeping with real processes: QRIDs, objects and peers, on nodes that run and that do not.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, makeWorld, type World } from './kit.ts';

const RECORDER = `function ({ value, to }, { memory }) {
  memory.values = (memory.values || []).concat([value]);
  if (to) memory.to = to;
  if (value === 'tell') memory.to.sendOnly({ value: 'told' });
}`;

interface Listed {
  readonly hash: string;
  readonly object: string;
  readonly label: string;
  readonly state: string;
  readonly peers: number;
  readonly lastUsedMs?: number;
}

describe('housekeeping', () => {
  let world: World;
  beforeAll(async () => {
    world = makeWorld();
    await world.ok(['create-node', 'empty']);
  });
  afterAll(() => world.end());

  const values = async (dir: string): Promise<unknown> => {
    const [row] = await world.dump(dir, 'memory');
    return (JSON.parse(String(row?.['value'])) as { values?: unknown }).values;
  };
  const qrids = async (dir: string, ...more: readonly string[]): Promise<readonly Listed[]> =>
    (JSON.parse(await world.ok(['qrid', 'list', dir, ...more, '--json'])) as { qrids: Listed[] })
      .qrids;

  describe('qrt qrid', () => {
    it('new, list and revoke work on a stopped node', async () => {
      await world.ok(['create-node', 'q1']);
      const first = await world.install('q1', RECORDER);
      const made = await world.run(['qrid', 'new', 'q1', 'o1.0', '--label', 'for "Bob"']);
      expect(made.code).toBe(0);
      expect(made.stdout).toMatch(/^qrt:[\w-]{43}\.[\w-]{43}@http:\/\/127\.0\.0\.1:\d+\n$/);
      expect(made.stderr).toMatch(/^QRID [0-9a-f]{12} of o1\.0\. It is shown only this once;/);
      const [one, two] = await qrids('q1');
      expect(one).toMatchObject({ object: 'o1.0', label: '', state: 'live', peers: 0 });
      expect(two).toMatchObject({ object: 'o1.0', label: 'for "Bob"', state: 'live' });
      expect(made.stderr).toContain(two!.hash);
      const text = await world.ok(['qrid', 'list', 'q1', 'o1.0']);
      expect(text.split('\n')[0]).toMatch(
        /^hash\s+object\s+state\s+made\s+last used\s+peers\s+label$/,
      );
      expect(text).toContain(one!.hash);

      // The text itself serves as well: it is what an operator has who finds one in the wrong place.
      expect(await world.ok(['qrid', 'revoke', 'q1', first])).toBe(
        `Revoked QRID ${one!.hash} of o1.0.`,
      );
      expect(await world.ok(['qrid', 'revoke', 'q1', one!.hash, '--links'])).toBe(
        `QRID ${one!.hash} of o1.0 was revoked before.\n` +
          'Withdrew 0 names of peers, dropped 0 links.',
      );
      const refused = await world.run(['send', '-d', 'q1', first, '{"value":1}']);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toContain('QRT_NO_OBJECT');
      await world.ok(['send', '-d', 'q1', made.stdout.trim(), '{"value":2}']);
      expect((await qrids('q1')).map(({ state }) => state)).toEqual(['revoked', 'live']);
      expect((await qrids('q1'))[1]?.lastUsedMs).toBeGreaterThan(0);
    });

    it('by id the same QRID is printed again, also after kill -9', async () => {
      await world.startNew('q2');
      await world.install('q2', RECORDER);
      const make = ['qrid', 'new', 'q2', 'o1.0', '--id', 'mine'];
      const first = await world.ok(make);
      await world.kill('q2');
      expect(await world.ok(make)).toBe(first);
      await world.ok(['start', 'q2']);
      expect(await world.ok(make)).toBe(first);
      expect(await qrids('q2')).toHaveLength(2);
      await world.ok(['stop', 'q2']);
    });

    it('a leaked QRID is revoked with its links: who came by it is heard no more', async () => {
      await world.startNew('q3', 'thief', 'friend');
      const leaked = await world.install('q3', RECORDER);
      const good = await world.ok(['qrid', 'new', 'q3', 'o1.0', '--label', 'friend']);
      await world.ok(['send', '-d', 'thief', leaked, '{"value":"stolen"}', '--wait']);
      await world.ok(['send', '-d', 'friend', good, '{"value":"fine"}', '--wait']);
      await eventually(async () => (await world.status('q3')).turns === 2);
      expect((await qrids('q3')).map(({ peers }) => peers)).toEqual([1, 1]);
      const { vat } = await world.status('thief');
      const said = await world.ok(['qrid', 'revoke', 'q3', leaked, '--links']);
      expect(said).toContain('Withdrew 1 name of peers, dropped 1 link.');
      expect(said).toContain(`dropped vat ${vat}`);
      await world.ok(['send', '-d', 'thief', leaked, '{"value":"again"}']);
      await world.ok(['send', '-d', 'friend', good, '{"value":"later"}', '--wait']);
      await eventually(async () => (await world.status('q3')).turns === 3);
      const thief = await eventually(async () => {
        const [link] = (await world.status('thief')).links;
        return link?.state === 'doubt' ? link : undefined;
      });
      expect(thief.reason).toContain('lost or dropped this link');
      expect(await values('q3')).toEqual(['stolen', 'fine', 'later']);
      await world.ok(['stop', 'q3', 'thief', 'friend']);
    });

    it.each([
      [['qrid'], 'give one of new, list, revoke'],
      [['qrid', 'make'], 'not make'],
      [['qrid', 'new', 'empty', 'counter'], 'give the id of an object'],
      [['qrid', 'new', 'empty', 'o77.0'], 'QRT_OBJECT_UNKNOWN'],
      [
        ['qrid', 'new', 'empty', 'o1.0', '--label', 'x'.repeat(101)],
        '--label: give one line of 1 to 100',
      ],
      [['qrid', 'list', 'empty', 'o77.0'], 'QRT_OBJECT_UNKNOWN'],
      [['qrid', 'revoke', 'empty', 'abc'], 'give 8 to 64 digits'],
      [['qrid', 'revoke', 'empty', '00000000'], 'QRT_QRID_UNKNOWN'],
      [['qrid', 'revoke', 'empty', `qrt:${'A'.repeat(43)}.${'A'.repeat(43)}`], 'only its own node'],
      [['qrid', 'list', 'nowhere'], 'QRT_NODE_MISSING'],
    ])('%j is refused with exit code 2', async (args, text) => {
      const ran = await world.run(args);
      expect(ran).toMatchObject({ code: 2, stdout: '' });
      expect(ran.stderr).toContain(text);
    });
  });

  describe('qrt delete', () => {
    it('ends an object of a running node that was just busy, for its own node and for a peer', async () => {
      await world.startNew('d1', 'd2');
      const qrid = await world.install('d1', RECORDER);
      await world.ok(['send', '-d', 'd2', qrid, '{"value":1}', '--wait']);
      await eventually(async () => (await world.status('d1')).turns === 1);
      expect(await world.ok(['delete', 'd1', 'o1.0'])).toBe(
        'Deleted o1.0. Its memory was emptied; 1 QRID names nothing now.',
      );
      await world.ok(['send', '-d', 'd2', qrid, '{"value":2}', '--wait']);
      const refused = await eventually(async () => {
        const [link] = (await world.status('d2')).links;
        return link?.refusals === 1 ? link : undefined;
      });
      expect(refused.lastRefusal).toBe('QRT_NO_OBJECT');
      const own = await world.run(['send', '-d', 'd1', qrid, '{"value":3}']);
      expect(own).toMatchObject({ code: 1 });
      expect(await world.ok(['delete', 'd1', 'o1.0'])).toBe('Object o1.0 was deleted before.');
      expect(await world.status('d1')).toMatchObject({ objects: 0, workersLost: 0 });
      expect(await world.dump('d1', 'memory')).toMatchObject([{ id: 'm1.1', value: '{}' }]);
      expect(await qrids('d1')).toMatchObject([{ state: 'deleted' }]);
      await world.ok(['stop', 'd1', 'd2']);
    });

    it('works on a stopped node, and what waits there is refused when it starts', async () => {
      await world.ok(['create-node', 'd3']);
      const qrid = await world.install('d3', RECORDER);
      await world.ok(['send', '-d', 'd3', qrid, '{"value":1}']);
      const deleted = JSON.parse(await world.ok(['delete', 'd3', 'o1.0', '--json']));
      expect(deleted).toEqual({ object: 'o1.0', wasDeleted: false, memory: 'emptied', qrids: 1 });
      expect((await world.status('d3')).inbox.rows).toBe(1);
      await world.ok(['start', 'd3']);
      await eventually(async () => (await world.status('d3')).inbox.rows === 0);
      const status = await world.status('d3');
      expect(status).toMatchObject({ turns: 0, worker: 'none' });
      const [line] = await world.log('d3');
      expect(line).toMatchObject({ level: 'failure', source: 'o1.0' });
      expect(line?.['text']).toContain('QRT_NO_OBJECT');
      const further = await world.run(['qrid', 'new', 'd3', 'o1.0']);
      expect(further).toMatchObject({ code: 2, stdout: '' });
      expect(further.stderr).toContain('QRT_OBJECT_DELETED');
      await world.ok(['stop', 'd3']);
    });

    it.each([
      [['delete', 'empty', 'o9.0'], 'QRT_OBJECT_UNKNOWN'],
      [['delete', 'empty', 'o0.0'], 'QRT_OBJECT_UNKNOWN'],
      [['delete', 'empty', 'm1.1'], 'give the id of an object'],
    ])('%j is refused with exit code 2', async (args, text) => {
      const ran = await world.run(args);
      expect(ran).toMatchObject({ code: 2, stdout: '' });
      expect(ran.stderr).toContain(text);
    });
  });

  describe('qrt peer', () => {
    it('name, list and drop work on running and stopped nodes, and the name is shown', async () => {
      await world.startNew('p1', 'p2');
      const [of1, of2] = [await world.install('p1', RECORDER), await world.install('p2', RECORDER)];
      await world.ok(['send', '-d', 'p2', of1, '{"value":1}', '--wait']);
      await world.ok(['send', '-d', 'p1', of2, '{"value":1}', '--wait']);
      const { vat } = await world.status('p2');
      expect(await world.ok(['status', 'p1'])).toContain(`  link     ${vat}: ok\n`);
      const start = vat.startsWith('-') ? ['--', 'p1', vat.slice(0, 8)] : ['p1', vat.slice(0, 8)];
      expect(await world.ok(['peer', 'name', ...start, 'bob'])).toBe(`Vat ${vat} is called bob.`);
      expect(await world.ok(['status', 'p1'])).toContain(`  link     bob (${vat}): ok\n`);
      const stored = await world.ok(['send', '-d', 'p1', of2, '{"value":2}', '--wait']);
      expect(stored).toMatch(new RegExp(`^Stored by vat bob \\(${vat}\\) as number \\d+ `));
      await eventually(async () => (await world.status('p1')).inbox.rows === 0);
      const [head, row, ...others] = (await world.ok(['peer', 'list', 'p1'])).split('\n');
      expect(head).toContain('name\tvat\tstate\twaiting\twaiting bytes\toldest');
      expect(row).toBe(`bob\t${vat}\tok\t0\t0\t-\t0\t0\t0\t0\t1\t1\t`);
      expect(others).toEqual([]);

      await world.ok(['stop', 'p2', 'p1']);
      expect(await world.ok(['peer', 'name', 'p1', 'bob', 'robert'])).toBe(
        `Vat ${vat} is called robert, no longer bob.`,
      );
      const queued = await world.run(['send', '-d', 'p1', of2, '{"value":3}', '--id', 'three']);
      expect(queued.stdout).toContain(`Queued for vat robert (${vat}) as number`);
      expect(await world.ok(['peer', 'drop', 'p1', 'robert'])).toMatch(
        new RegExp(
          `^Dropped vat robert \\(${vat}\\)\\. Deleted 1 item \\(\\d+ bytes\\) for it\\.$`,
        ),
      );
      expect(await world.ok(['peer', 'drop', 'p1', vat, '--json'])).toContain('"wasDropped":true');
      const refused = await world.run(['send', '-d', 'p1', of2, '{"value":4}']);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain('QRT_LINK_DROPPED');
      const status = await world.ok(['status', 'p1']);
      expect(status).toContain('links    1, 1 of them dropped');
      expect(status).not.toContain(vat);
      expect((await world.status('p1')).links).toMatchObject([{ vat, state: 'dropped' }]);
      expect(await world.ok(['log', 'p1'])).toContain('robert');

      await world.ok(['start', 'p1', 'p2']);
      // Refused or queued: its own node may have heard already.
      await world.run(['send', '-d', 'p2', of1, '{"value":"never"}']);
      const link = await eventually(async () => {
        const [found] = (await world.status('p2')).links;
        return found?.state === 'doubt' ? found : undefined;
      });
      expect(link.reason).toContain('lost or dropped');
      expect(await values('p1')).toEqual([1]);
      expect(await values('p2')).toEqual([1, 2]);
      await world.ok(['stop', 'p1', 'p2']);
    });

    it('a wait for a peer ends when it is dropped, with exit code 2', async () => {
      await world.startNew('w1', 'w2');
      const of2 = await world.install('w2', RECORDER);
      await world.ok(['send', '-d', 'w1', of2, '{"value":1}', '--wait']);
      await world.ok(['stop', 'w2']);
      const { vat } = await world.status('w2');
      const waiting = world.run(['send', '-d', 'w1', of2, '{"value":2}', '--wait']);
      await eventually(async () => (await world.status('w1')).outbox.rows === 1);
      await world.ok(['peer', 'drop', '--', 'w1', vat]);
      expect(await waiting).toMatchObject({ code: 2, stdout: '' });
      expect((await waiting).stderr).toContain('QRT_LINK_DROPPED');
      await world.ok(['stop', 'w1']);
    });

    it.each([
      [['peer'], 'give one of list, name, drop'],
      [['peer', 'name', 'empty', 'nobody', 'bob'], 'QRT_PEER_UNKNOWN'],
      [['peer', 'name', 'empty', 'nobody', 'a b'], 'QRT_PETNAME_INVALID'],
      [['peer', 'drop', 'empty', 'nobody'], 'QRT_PEER_UNKNOWN'],
      [['peer', 'drop', 'empty', 'x'.repeat(200)], 'QRT_PEER_UNKNOWN'],
      // One id of 64 begins as an option does.
      [['peer', 'drop', 'empty', `-d${'x'.repeat(41)}`, '--json'], '"QRT_PEER_UNKNOWN"'],
      [['peer', 'drop', '--json', 'empty', `--${'x'.repeat(41)}`], '"QRT_PEER_UNKNOWN"'],
      [['peer', 'name', 'empty', '-xyzAB', 'bob'], '-xyzAB'],
      [['doubt', 'empty', '-xyzAB'], 'QRT_PEER_UNKNOWN'],
      [['peer', 'drop', 'empty', '--jsno'], "unknown option '--jsno'"],
    ])('%j is refused with exit code 2', async (args, text) => {
      const ran = await world.run(args);
      expect(ran).toMatchObject({ code: 2, stdout: '' });
      expect(ran.stderr).toContain(text);
    });
  });
});
