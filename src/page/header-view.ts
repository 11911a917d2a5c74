// Header: which vat this is, how it is, and what waits in its queues.

import type { PageQueue, PageStatus } from '../core/page-data.ts';
import { make } from './dom.ts';
import type { Model } from './model.ts';
import { drawSparkline } from './sparkline.ts';
import { formatBytes, formatNumber } from './text.ts';

/** Samples in the little curves: a minute, about. */
const SAMPLES_MAX = 120;

export class HeaderView extends HTMLElement {
  readonly #inbox: number[] = [];
  readonly #outbox: number[] = [];
  #rate: { atMs: number; turns: number; perSecond: number } | undefined;
  readonly #name = make('div', { class: 'name' });
  readonly #facts = make('dl', { class: 'facts' });
  readonly #notice = make('div', { class: 'notice', set: { role: 'status' } });

  start(model: Model): void {
    this.append(this.#name, this.#facts, this.#notice);
    model.on('status', () => {
      const { status } = model.state;
      if (status === undefined) return;
      this.#measure(status);
      this.#show(status);
      this.#tell(model);
    });
    model.on('connection', () => this.#tell(model));
    this.#tell(model);
  }

  #measure({ inbox, outbox, turns, nowMs }: PageStatus): void {
    for (const [samples, { rows }] of [
      [this.#inbox, inbox],
      [this.#outbox, outbox],
    ] as const) {
      samples.push(rows);
      if (samples.length > SAMPLES_MAX) samples.shift();
    }
    const last = this.#rate;
    const seconds = (nowMs - (last?.atMs ?? nowMs)) / 1_000;
    const perSecond = last && seconds > 0 ? Math.max(0, turns - last.turns) / seconds : 0;
    this.#rate = { atMs: nowMs, turns, perSecond };
  }

  #show(status: PageStatus): void {
    const { dir, vat, isRunning, inbox, outbox } = status;
    const state = isRunning ? 'running' : 'stopped';
    const process = status.pid === undefined ? '' : `process ${status.pid}`;
    this.#name.replaceChildren(
      make('h1', {}, dir.split('/').at(-1) ?? dir),
      make('span', { class: `badge ${state}`, title: process }, state),
      make('code', { class: 'vat', title: `${dir}\nvat ${vat}\n${status.urls.join('\n')}` }, vat),
    );
    const rate = Math.round(this.#rate?.perSecond ?? 0);
    this.#facts.replaceChildren(
      ...fact('inbox', formatQueue(inbox), drawSparkline(this.#inbox, 'rows in the inbox')),
      ...fact('outbox', formatQueue(outbox), drawSparkline(this.#outbox, 'rows in the outbox')),
      ...fact(
        'turns',
        `${formatNumber(status.turns)}${rate === 0 ? '' : ` · ${formatNumber(rate)}/s`}`,
      ),
      ...fact('objects', formatNumber(status.objects)),
      ...fact('quarantined', formatNumber(status.quarantined)),
      ...fact('worker', formatWorker(status)),
      ...(status.sandbox === undefined ? [] : fact('sandbox', status.sandbox)),
    );
  }

  #tell({ state: { connection, status } }: Model): void {
    const text = describe(connection, status);
    if (this.#notice.textContent === text) return;
    this.#notice.replaceChildren(...(text === '' ? [] : [make('p', {}, text)]));
  }
}

function describe(
  connection: Model['state']['connection'],
  status: PageStatus | undefined,
): string {
  if (connection.kind === 'over')
    return `This page is no longer kept up to date: ${connection.reason}`;
  if (connection.kind === 'lost') {
    return 'The command that serves this page does not answer: what you see is old. Is `qrt ui` running?';
  }
  if (status === undefined || status.isRunning) return '';
  const problem = status.problem === undefined ? '' : ` (${status.problem})`;
  const start = `qrt start ${status.dir}`;
  return `The node does not run${problem}: this is what is on its disk. Start it with \`${start}\`.`;
}

function fact(name: string, text: string, extra?: Node): Node[] {
  return [
    make('div', { class: `fact ${name}` }, make('dt', {}, name), make('dd', {}, text, extra)),
  ];
}

const formatQueue = ({ rows, bytes }: PageQueue): string =>
  rows === 0 ? 'empty' : `${formatNumber(rows)} · ${formatBytes(bytes)}`;

const formatWorker = ({ worker = 'none', workersLost = 0 }: PageStatus): string =>
  workersLost === 0 ? worker : `${worker}, ${workersLost} lost`;
