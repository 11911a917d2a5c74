// Page of a node: a command that shows an operator what a node does, in the browser, and changes
// nothing.
//
// The node itself opens nothing for it: this process is a client of its control socket and a reader
// of its database, and it alone listens, on loopback, for as long as the command runs.

import { isQrtError } from '../core/errors.ts';
import { assertModes, openBaseDir } from './base-dir.ts';
import { hasDesktop, type OpenedBrowser, openBrowser } from './ui-browser.ts';
import { makeFeed } from './ui-feed.ts';
import { serveUi, type UiServer } from './ui-server.ts';
import { watchNode } from './ui-watch.ts';

export interface UiInput {
  readonly dir: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Whether a browser is opened, if there is a desktop. */
  readonly isOpening: boolean;
  /** The address, once, as soon as it works. */
  readonly onReady: (url: string) => void;
}

/** Shows a node until Ctrl-C. Throws QRT_NODE_MISSING when its directory is taken away. */
export async function showNode({ dir, port, isOpening, onReady }: UiInput): Promise<void> {
  process.umask(0o077);
  const base = openBaseDir(dir);
  assertModes(base);
  const feed = makeFeed();
  let server: UiServer | undefined;
  let browser: OpenedBrowser | undefined;
  const watch = watchNode({ base, feed, isWanted: () => (server?.streams() ?? 0) > 0 });
  const asked = untilSignal();
  let onFailure: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    onFailure = reject;
  });
  let reason = 'Ctrl-C ended `qrt ui`.';
  try {
    server = await serveUi({
      port,
      feed,
      object: watch.object,
      onEntered: () => browser?.forget(),
      onFailure,
    });
    onReady(server.url);
    if (isOpening && hasDesktop()) browser = openBrowser({ url: server.url, dir: base.dir });
    await Promise.race([asked, failed, watch.ended]);
  } catch (error) {
    if (isQrtError(error)) reason = error.message;
    throw error;
  } finally {
    browser?.forget();
    // A request that is on its way is still answered: what it reads is closed after the server.
    await server?.close(reason);
    await watch.close();
  }
  await watch.ended;
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => resolve());
    }
  });
}
