import type { AdwSummary } from '../../../src/adw/summary-shape.ts';
import { asAny, source } from './api.ts';
import { BODY_TYPES } from './body-types.ts';
import type { AnyEvent } from './row-data.ts';

/** Events in the first page: what fills a tall screen, and a little more. */
export const FIRST_EVENTS = 200;

/** What the first picture of an ADW is made of. */
export interface First {
  readonly summary: AdwSummary;
  /** The newest, in seq order. */
  readonly events: readonly AnyEvent[];
}

let asked: { readonly adwId: string; readonly first: Promise<First | undefined> } | undefined;

/** Asks for the first picture before there is a page to show it on; {@link takeFirst} hands it over. */
export function askFirst(adwId: string): void {
  const first = readFirst(adwId);
  // The caller that takes it handles its failure.
  first.catch(() => {});
  asked = { adwId, first };
}

/** Resolves when what was asked for early has come, one way or the other; at once where nothing was. */
export async function firstCame(): Promise<void> {
  await asked?.first.catch(() => {});
}

/** The first picture, as asked for already or read now; undefined for an ADW that the log does not know. */
export function takeFirst(adwId: string, signal: AbortSignal): Promise<First | undefined> {
  const early = asked?.adwId === adwId ? asked.first : undefined;
  asked = undefined;
  return early ?? readFirst(adwId, signal);
}

async function readFirst(adwId: string, signal?: AbortSignal): Promise<First | undefined> {
  const { adw, events } = await source().fetchNewest(adwId, { limit: FIRST_EVENTS, type: BODY_TYPES }, signal);
  return adw === null ? undefined : { summary: adw, events: events.map(asAny) };
}
