// The Dockerfile: linted, and in step with the package.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const messagesOf = (text: string): readonly string[] =>
  validate(text).map(({ message, range }) => `line ${range.start.line + 1}: ${message}`);

describe('Dockerfile', () => {
  const text = read('docs/container/Dockerfile');
  const [, last = ''] = text.split(/^FROM (?=node:\S+$)/m).slice(-2);

  it('the linter finds nothing in it, and would', () => {
    expect(messagesOf(text)).toEqual([]);
    expect(messagesOf(text.replace('VOLUME', 'VOLUMES'))).not.toEqual([]);
    expect(messagesOf(text.replace('--interval', '--interval-of'))).not.toEqual([]);
  });

  it('the image has every part of the package', () => {
    const { files } = JSON.parse(read('package.json')) as { files: readonly string[] };
    for (const part of files)
      expect(last).toContain(`COPY --from=build /build/${part} ./${part}\n`);
  });

  it('a node runs as a user without rights, keeps its files on a volume, and is asked how it is', () => {
    expect(last).toMatch(/^USER node$/m);
    expect(last.indexOf('USER node')).toBeGreaterThan(last.indexOf('RUN '));
    expect(last).toMatch(/^VOLUME \/node$/m);
    expect(last).toMatch(/^HEALTHCHECK .*\n +CMD qrt status \/node/m);
    expect(last).toMatch(/^STOPSIGNAL SIGTERM$/m);
  });

  it('Node is as new as the package wants it', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const [, wanted] = /^>=(\d+)/.exec(engines.node) ?? [];
    expect([...text.matchAll(/^FROM node:(\d+)-slim/gm)].map(([, major]) => major)).toEqual([
      wanted,
      wanted,
    ]);
  });

  it('no node and no key of the builder gets into an image', () => {
    const ignored = read('docs/container/Dockerfile.dockerignore').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['NODE*', '.git', 'node_modules']));
  });
});
