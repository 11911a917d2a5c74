// Watchdog: the fallback that ends a worker whose node is gone, where no signal does it.
//
// A thread beside the worker's program looks four times a second whether the process that started
// it is still its parent, so that an endless loop does not outlive its node either. It costs the
// worker 10 MB and 30 ms at the start (measured, Node 20).

/** How often the watchdog looks, in milliseconds. */
const LOOK_MS = 250;

const THREAD = `
  'use strict';
  const parent = require('node:worker_threads').workerData;
  const look = () => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); };
  look();
  setInterval(look, ${LOOK_MS});
`;

/**
 * Text for `node -e TEXT PROGRAM`: starts the thread, then the program. It is no preloaded module:
 * with \`--import\` SES refuses to lock down, and a file would have to be laid beside the program.
 */
export function makeWatchdogText(parentPid: number): string {
  return `
    'use strict';
    new (require('node:worker_threads').Worker)(${JSON.stringify(THREAD)}, {
      eval: true,
      workerData: ${parentPid},
      resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
    }).unref();
    require(process.argv[1]);
  `;
}
