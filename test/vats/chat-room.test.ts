// Chat room: all who are in hear the same lines in the same order, each once, under their true names.
import { afterEach, describe, expect, it } from 'vitest';
import { makeRandom, pick } from '../sim/random.ts';
import { closeTestVats, openTestVat } from '../spec/kit.ts';
import { someOf } from '../thorough.ts';
import { openVat, readGuestCode, type Sink, type TestObject, type Told } from './kit.ts';

interface Line {
  readonly number: number;
  readonly name: string;
  readonly text: string;
}

interface Member {
  readonly name: string;
  readonly seat: TestObject;
  readonly ear: Sink;
  /** What its last `enter` was told as. */
  entered?: Told;
  isIn: boolean;
}

const openRoom = async (names: readonly string[]) => {
  const vat = await openVat();
  const room = await vat.guest('chat-room');
  const members: Member[] = [];
  for (const name of names) {
    const seat = await vat.answer<TestObject>(room, { method: 'invite', name });
    members.push({ name, seat, ear: await vat.sink(), isIn: false });
  }
  return { vat, room, members };
};

describe('chat room', () => {
  afterEach(closeTestVats);

  it.each(someOf([1, 2, 3], 3))(
    'who enters hears all that is said from then on, once and in order, over crashes (seed %i)',
    async (seed) => {
      const random = makeRandom(seed);
      const { vat, members } = await openRoom(['Ann', 'Bea', 'Cid', 'Dan']);
      const said: { readonly told: Told; readonly name: string; readonly text: string }[] = [];
      const [first, ...others] = members;
      for (const each of [first!, ...others.slice(0, 1)]) {
        each.entered = await vat.tell(each.seat, { method: 'enter', ear: each.ear });
        each.isIn = true;
        await vat.run();
      }
      for (let n = 0; n < 80; n += 1) {
        const member = pick(random, members);
        const { seat, ear, name } = member;
        if (random() < 0.8) {
          const text = `text ${n}`;
          // Whoever speaks has the name of the seat, and no other.
          const told = await vat.tell(seat, { method: 'say', text, name: 'Eve', number: 1 });
          said.push({ told, name, text });
        } else if (member !== first && !member.isIn && member.entered === undefined) {
          member.entered = await vat.tell(seat, { method: 'enter', ear });
          member.isIn = true;
        }
        for (let steps = random() * 8; steps > 0; steps -= 1) await vat.step();
        if (random() < 0.05) await vat.restart();
      }
      await vat.run();
      const lines: Line[] = [];
      for (const { told, name, text } of said) {
        const heard = await vat.heard<{ number: number }>(told);
        lines.push({ number: heard!.value!.number, name, text });
      }
      lines.sort((a, b) => a.number - b.number);
      expect(lines.map(({ number }) => number)).toEqual(lines.map((_, at) => at + 1));
      for (const { entered, ear } of members) {
        if (entered === undefined) continue;
        const before = (await vat.heard<{ lines: Line[] }>(entered))!.value!.lines;
        const from = before.at(-1)?.number ?? 0;
        expect(before).toEqual(lines.slice(Math.max(0, from - 20), from));
        expect(await ear.received()).toEqual(lines.slice(from));
      }
    },
  );

  it('who leaves or is removed hears no more, and a seat that was taken away says so', async () => {
    const { vat, room, members } = await openRoom(['Ann', 'Bea']);
    const [ann, bea] = members;
    for (const { seat, ear } of members) await vat.done(seat, { method: 'enter', ear });
    await vat.done(ann!.seat, { method: 'say', text: 'hello' });
    await vat.done(bea!.seat, { method: 'leave' });
    await vat.done(ann!.seat, { method: 'say', text: 'is anybody here?' });
    await vat.done(room, { method: 'remove', name: 'Ann' });
    expect(await vat.refused(ann!.seat, { method: 'say', text: 'me' })).toMatch(/was taken away/);
    expect(await ann!.ear.received()).toHaveLength(2);
    expect(await bea!.ear.received()).toHaveLength(1);
    // The name is free again, for another seat.
    const again = await vat.answer<TestObject>(room, { method: 'invite', name: 'Ann' });
    await vat.done(again, { method: 'enter', ear: bea!.ear });
    expect(await vat.refused(ann!.seat, { method: 'say', text: 'me' })).toMatch(/was taken away/);
  });

  it('what is no name, ear, text or method is refused with the reason', async () => {
    const { vat, room, members } = await openRoom(['Ann']);
    const { seat } = members[0]!;
    for (const name of ['', 'x'.repeat(51), 5, null, 'Ann']) {
      expect(await vat.refused(room, { method: 'invite', name })).toMatch(/^(args.name|there is)/);
    }
    for (const text of ['', 'x'.repeat(2_001), 5, null]) {
      expect(await vat.refused(seat, { method: 'say', text })).toMatch(/^args.text is a text/);
    }
    expect(await vat.refused(seat, { method: 'enter', ear: 'me' })).toMatch(/^args.ear is a ref/);
    expect(await vat.refused(seat, { method: 'invite', name: 'Bea' })).toMatch(/one of: enter/);
    expect(await vat.refused(room, { method: 'remove', name: 'Bea' })).toMatch(/no such name/);
    for (let n = 1; n < 100; n += 1) await vat.send(room, { method: 'invite', name: `${n}` });
    await vat.run();
    expect(await vat.refused(room, { method: 'invite', name: 'Bea' })).toMatch(/100 seats/);
  });

  it('an ear that was deleted leaves, and one that throws does not keep others from hearing', async () => {
    const user = '(args, { memory }) => { (memory.got ??= []).push(args); }';
    const host = `(args, { memory }) => {
      if (args.room) {
        memory.seat = args.room.call({ method: 'invite', name: 'Ann' });
        memory.seat.call({ method: 'enter', ear: args.ears[0] });
        args.room.call({ method: 'invite', name: 'Bea' }).call({ method: 'enter', ear: args.ears[1] });
        args.room.call({ method: 'invite', name: 'Cid' }).call({ method: 'enter', ear: args.ears[2] });
      }
      memory.seat.call({ method: 'say', text: 'hello' });
    }`;
    const room = readGuestCode('chat-room');
    const thrower = '() => { throw Error("noise"); }';
    const vat = await openTestVat({ objects: { room, host, gone: user, thrower, user } });
    const ears = [vat.ref('gone'), vat.ref('thrower'), vat.ref('user')];
    await vat.send('host', { room: vat.ref('room'), ears });
    await vat.ask({ type: 'delete', id: 'delete', object: vat.ref('gone').id });
    await vat.send('host', {});
    expect(vat.memory('user')).toMatchObject({ got: [{ number: 1 }, { number: 2 }] });
    const { seats } = vat.memory('room') as { seats: readonly { name: string; ear?: unknown }[] };
    expect(seats.filter(({ ear }) => ear !== undefined).map(({ name }) => name)).toEqual([
      'Bea',
      'Cid',
    ]);
  });
});
