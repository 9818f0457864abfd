import { readFileSync } from 'node:fs';

const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** The version of the HTTP interface: the part of its paths after `/api/`. */
export const API_VERSION = 'v1';

/** The version of this package, from its package.json. */
export const VERSION = String((manifest as { version?: unknown }).version);
