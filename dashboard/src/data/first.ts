import type { Newest } from '../../../src/client/reads.ts';
import { ROW_TYPES } from '../../../src/event/types.ts';
import { source } from './api.ts';
import type { Rows } from './source.ts';

/** Events in the first page: what fills a tall screen, and a little more. */
const FIRST_EVENTS = 200;

/** What the first picture of an ADW is made of, and what comes behind it. */
export interface First {
  readonly newest: Newest;
  readonly rows: Promise<Rows>;
}

let asked: { readonly adwId: string; readonly first: Promise<First | undefined>; abort(): void } | undefined;

/** Asks for the first picture before there is a page to show it on; {@link takeFirst} hands it over. */
export function askFirst(adwId: string): void {
  const abort = new AbortController();
  const first = readFirst(adwId, abort.signal);
  // The caller that takes it handles its failure.
  first.catch(() => {});
  asked = { adwId, first, abort: () => abort.abort() };
}

/** Resolves when what was asked for early has come, one way or the other; at once where nothing was. */
export async function firstCame(): Promise<void> {
  await asked?.first.catch(() => {});
}

/** The first picture, as asked for already or read now; undefined for an ADW that the log does not know. */
export function takeFirst(adwId: string, signal: AbortSignal): Promise<First | undefined> {
  const early = asked;
  asked = undefined;
  if (early?.adwId !== adwId) {
    early?.abort();
    return readFirst(adwId, signal);
  }
  signal.addEventListener('abort', () => early.abort());
  return early.first;
}

async function readFirst(adwId: string, signal: AbortSignal): Promise<First | undefined> {
  const newest = await source().fetchNewest(adwId, { limit: FIRST_EVENTS, type: ROW_TYPES }, signal);
  if (newest.adw === null) return undefined;
  // Asked for at once: the server reads while the browser draws.
  const rows = source().fetchRows(adwId, signal);
  rows.catch(() => {});
  return { newest, rows };
}
