// Requests of a program to its own vat: each gets its reply, and is told when there is none.

import { describe, expect, it } from 'vitest';
import { QrtError } from '../../src/core/errors.ts';
import { makeDesk } from '../../src/node/desk.ts';

const PING = { type: 'ping' } as const;
const ok = (value: unknown) => ({ ok: true, value }) as const;

describe('desk', () => {
  it('hands each reply to who asked, and leaves those of the control socket to it', async () => {
    const given: number[] = [];
    const desk = makeDesk((ticket) => given.push(ticket));
    const [one, two] = [desk.ask(PING), desk.ask(PING)];
    const [first, second] = given as [number, number];
    expect(desk.reply(1, ok('of the socket'))).toBe(false);
    expect(desk.reply(second, { ok: false, code: 'QRT_NO_OBJECT', message: 'not there' })).toBe(
      true,
    );
    expect(desk.reply(first, ok('here'))).toBe(true);
    expect(desk.reply(first, ok('twice'))).toBe(false);
    expect(await one).toBe('here');
    await expect(two).rejects.toMatchObject({ code: 'QRT_NO_OBJECT', message: 'not there' });
    // No client of the socket has such a number.
    expect(given.every((ticket) => ticket < 0)).toBe(true);
  });

  it('who waits when it closes is told why, by what was asked, and so is who comes later', async () => {
    const desk = makeDesk(() => undefined);
    const one = desk.ask(PING);
    desk.close(({ type }) => new QrtError('QRT_VAT_CLOSED', { dir: type }));
    desk.close(() => Error('too late'));
    await expect(one).rejects.toMatchObject({ code: 'QRT_VAT_CLOSED', details: { dir: 'ping' } });
    await expect(desk.ask(PING)).rejects.toMatchObject({ code: 'QRT_VAT_CLOSED' });
  });
});
