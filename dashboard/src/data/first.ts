import type { Newest } from '../../../src/client/reads.ts';
import { ROW_TYPES } from '../../../src/event/types.ts';
import { source } from './api.ts';

/** Events in the first picture: what fills a tall screen, and a little more. */
const FIRST_EVENTS = 200;

let early: { readonly adwId: string; readonly abort: AbortController; readonly first: Promise<Newest> } | undefined;

/** Asks for the first picture of an ADW before there is a page to show it on; {@link takeFirst} hands it over. */
export function askFirst(adwId: string): void {
  const abort = new AbortController();
  early = { adwId, abort, first: readFirst(adwId, abort.signal) };
  // The caller that takes it handles its failure.
  early.first.catch(() => {});
}

/** Resolves when what was asked for early has come, one way or the other; at once where nothing was. */
export async function firstCame(): Promise<void> {
  await early?.first.catch(() => {});
}

/** Summary and newest events, as asked for already or read now. */
export function takeFirst(adwId: string, signal: AbortSignal): Promise<Newest> {
  const taken = early;
  early = undefined;
  if (taken?.adwId !== adwId) return readFirst(adwId, signal);
  signal.addEventListener('abort', () => taken.abort.abort());
  return taken.first;
}

const readFirst = (adwId: string, signal: AbortSignal): Promise<Newest> =>
  source().fetchNewest(adwId, { limit: FIRST_EVENTS, type: ROW_TYPES }, signal);
