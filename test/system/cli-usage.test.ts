// What a mistake in the words of a command leads to: the help of that very command.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './kit.ts';

describe('a mistake in a command', () => {
  let world: World;
  beforeAll(() => {
    world = makeWorld();
  });
  afterAll(() => world.end());

  it.each([
    { typed: ['nonsense'], help: 'qrt --help' },
    { typed: ['install', 'NODE'], help: 'qrt install --help' },
    { typed: ['dump', 'NODE', 'nonsense'], help: 'qrt dump --help' },
    { typed: ['qrid', 'revoke', 'NODE'], help: 'qrt qrid revoke --help' },
    { typed: ['log', 'NODE', '--level', 'install'], help: 'qrt log --help' },
  ])('points to the help of what was typed: $help', async ({ typed, help }) => {
    const { code, stderr } = await world.run(typed);
    expect(stderr).toContain(`(see \`${help}\`)`);
    expect(code).toBe(2);
    const said = await world.ok(help.split(' ').slice(1));
    expect(said).toContain(`Usage: ${help.replace(' --help', '')} [options]`);
  });
});
