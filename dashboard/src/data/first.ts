import type { Newest } from '../../../src/client/reads.ts';
import { ROW_TYPES } from '../../../src/event/types.ts';
import { source } from './source.ts';

/** Events in the first picture: what fills a tall screen, and a little more. */
const FIRST_EVENTS = 200;

let early: { readonly adwId: string; readonly first: Promise<Newest> } | undefined;

/** Asks for the first picture of an ADW before there is a page to show it on; {@link readFirst} hands it over. */
export function askFirst(adwId: string): void {
  early = { adwId, first: readFirst(adwId) };
  // The caller that takes it handles its failure.
  early.first.catch(() => {});
}

/** Resolves when what was asked for early has come, one way or the other; at once where nothing was. */
export async function firstCame(): Promise<void> {
  await early?.first.catch(() => {});
}

/** Summary and newest events, as asked for already or read now. */
export function readFirst(adwId: string, signal?: AbortSignal): Promise<Newest> {
  const asked = early;
  early = undefined;
  if (asked?.adwId === adwId) return asked.first;
  return source().fetchNewest(adwId, { limit: FIRST_EVENTS, type: ROW_TYPES }, signal);
}
