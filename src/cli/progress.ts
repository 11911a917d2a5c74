// Progress: one line on the terminal about what takes longer than a second, gone when it is done.
//
// It stands on standard error and only where that is a terminal: scripts see nothing of it.

import { rewriteLine } from './output.ts';

const SECOND_MS = 1_000;

/** Says what is being done, and for how long, until it is done. */
export async function withProgress<T>(
  label: string,
  work: (progress: Progress) => Promise<T> | T,
): Promise<T> {
  const progress = beginProgress(label);
  try {
    return await work(progress);
  } finally {
    progress.end();
  }
}

/** A line about one piece of work. */
export interface Progress {
  /** Says something else from now on. Also for work that leaves no time to a timer. */
  say(label: string): void;
  end(): void;
}

function beginProgress(first: string): Progress {
  const beganMs = performance.now();
  let label = first;
  let shown = 0;
  const show = (): void => {
    const seconds = Math.floor((performance.now() - beganMs) / SECOND_MS);
    if (seconds === 0) return;
    shown = seconds;
    rewriteLine(`${label} … ${seconds} s`);
  };
  const timer = setInterval(show, SECOND_MS);
  timer.unref();
  return Object.freeze<Progress>({
    say(text) {
      label = text;
      const seconds = Math.floor((performance.now() - beganMs) / SECOND_MS);
      if (seconds > shown) show();
    },
    end() {
      clearInterval(timer);
      rewriteLine('');
    },
  });
}
