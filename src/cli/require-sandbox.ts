// Require sandbox: the option by which an operator refuses to run workers behind less.

import { Option } from 'commander';
import { REQUIRED_SANDBOXES } from '../core/sandbox.ts';

/** As it is typed. */
export const REQUIRE_SANDBOX = '--require-sandbox';

/** The option; it stands beside `requireSandbox` in config.json, and the stricter of both counts. */
export function requireSandbox(): Option {
  return new Option(
    `${REQUIRE_SANDBOX} <LEVEL>`,
    'start only where workers get this sandbox or a better one',
  ).choices(REQUIRED_SANDBOXES);
}
