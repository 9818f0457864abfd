import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from './package-root.ts';

const manifest: unknown = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8'));

/** The version of the HTTP interface: the part of its paths after `/api/`. */
export const API_VERSION = 'v1';

/** The version of this package, from its package.json. */
export const VERSION = String((manifest as { version?: unknown }).version);
