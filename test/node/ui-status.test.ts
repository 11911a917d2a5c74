// What the page is told of a node that runs.

import { describe, expect, it } from 'vitest';
import { makeVatId } from '../../src/core/ids.ts';
import type { PageStatus } from '../../src/core/page-data.ts';
import { presentRunning } from '../../src/node/ui-status.ts';

describe('status of a running node', () => {
  const queue = { rows: 0, bytes: 0 };
  const link = (vat: string, extra: object = {}) => ({
    vat,
    state: 'ok' as const,
    urls: [],
    outbox: queue,
    gaps: 0,
    refusals: 0,
    sent: [0, 0] as const,
    receipted: [0, 0] as const,
    received: [0, 0] as const,
    ...extra,
  });

  it('puts links that need somebody first, and names peers as the operator does', () => {
    const links = [
      link('quiet'),
      link('full', { outbox: { rows: 5, bytes: 9 }, petname: 'Bob' }),
      link('left', { state: 'dropped' }),
      link('broken', { lastError: 'refused' }),
      link('doubted', { state: 'doubt' }),
    ];
    const contacts = { known: 1, refused: 0, ignored: 0 };
    const counts = { contacts, objects: 0, turns: 0, commits: 0, quarantined: 0, workersLost: 0 };
    const shown: PageStatus = presentRunning(
      { dir: '/node', vat: 'vat', version: '0', nowMs: 1 },
      {
        status: {
          vat: 'vat',
          urls: [],
          inbox: queue,
          outbox: queue,
          promises: { pending: 0, settled: 0, waiting: queue },
          worker: 'none',
          links,
          ...counts,
        },
        hello: {
          hello: 1,
          vat: makeVatId(new Uint8Array(32)),
          pid: 7,
          workerPids: [],
          version: '1',
        },
      },
    );
    expect(shown.links.map(({ vat, petname }) => petname ?? vat)).toEqual([
      'doubted',
      'broken',
      'Bob',
      'quiet',
      'left',
    ]);
    expect(shown).toMatchObject({ isRunning: true, pid: 7, version: '1', linksTotal: 5 });
  });
});
