// Sparkline: a small curve of the last samples of a number.

import { draw } from './dom.ts';
import { formatNumber } from './text.ts';

const SIZE = { width: 72, height: 18 } as const;

/** The samples as a drawing; flat at the bottom while all of them are 0. */
export function drawSparkline(samples: readonly number[], what: string): SVGElement {
  const most = Math.max(1, ...samples);
  const step = SIZE.width / Math.max(1, samples.length - 1);
  const points = samples.map((sample, index) => {
    const y = SIZE.height - 1 - (sample / most) * (SIZE.height - 2);
    return `${(index * step).toFixed(1)},${y.toFixed(1)}`;
  });
  const label = `${what}: at most ${formatNumber(Math.max(0, ...samples))} lately`;
  const set = { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, role: 'img', 'aria-label': label };
  return draw(
    'svg',
    { class: 'sparkline', set },
    draw('title', {}, label),
    draw('polyline', { set: { points: points.join(' ') } }),
  );
}
