// Program: where the parts of the installed package lie that are not imported.

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WIRE_VERSION } from '../core/wire.ts';
import { SCHEMA_VERSION } from '../store/schema.ts';

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The program of the worker process. */
export function guestProgram(): string {
  const compiled = fromHere('../guest/worker.cjs');
  // Tests import the sources, beside which there is no compiled program.
  return existsSync(compiled) ? compiled : fromHere('../../dist/guest/worker.cjs');
}

/** The folder of the page that `qrt ui` serves. */
export function pageFolder(): string {
  const compiled = fromHere('../page');
  // Beside the sources there is a page in TypeScript, which no browser runs.
  return existsSync(`${compiled}/page.js`) ? compiled : fromHere('../../dist/page');
}

/** The folder of the guests that ship. */
export function shippedVats(): string {
  return fromHere('../../vats');
}

/** The folder of the package, or of the checkout. */
export function packageFolder(): string {
  return resolve(fromHere('../..'));
}

/** The version in package.json. */
export function readVersion(): string {
  return readPackage().version;
}

/** What the version of a node comes down to. */
export interface Versions {
  readonly qrt: string;
  /** Of the database. */
  readonly schema: number;
  /** Of the format between vats. */
  readonly wire: number;
  readonly node: string;
  readonly ses: string;
}

/** All versions that decide how a node behaves. */
export function readVersions(): Versions {
  const { version, dependencies } = readPackage();
  return {
    qrt: version,
    schema: SCHEMA_VERSION,
    wire: WIRE_VERSION,
    node: process.versions.node,
    // It is part of the worker's program; the package names exactly the one it was built with.
    ses: dependencies['ses'] ?? 'unknown',
  };
}

/** The oldest Node that qrt runs on, such as `20.19`. */
export function readOldestNode(): string {
  return readPackage().engines.node.replace(/^\D*/, '');
}

interface Package {
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
}

function readPackage(): Package {
  return JSON.parse(readFileSync(fromHere('../../package.json'), 'utf8')) as Package;
}
