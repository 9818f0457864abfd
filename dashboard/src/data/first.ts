import type { AdwSummary } from '../../../src/adw/summary-shape.ts';
import { asAny, reads } from './api.ts';
import { BODY_TYPES } from './body-types.ts';
import type { AnyEvent } from './facts.ts';
import { readPositions } from './positions.ts';

/** Events in the first page: what fills a tall screen, and a little more. */
export const FIRST_EVENTS = 200;
/** Beyond every seq: the newest page. */
const NEWEST = 999_999_999_999_999;

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
  // Whoever takes it looks at its failure.
  first.catch(() => {});
  asked = { adwId, first };
}

/** The first picture, as asked for already or read now; undefined for an ADW that the log does not know. */
export function takeFirst(adwId: string, signal: AbortSignal): Promise<First | undefined> {
  const early = asked?.adwId === adwId ? asked.first : undefined;
  asked = undefined;
  return early ?? readFirst(adwId, signal);
}

async function readFirst(adwId: string, signal?: AbortSignal): Promise<First | undefined> {
  if (!(await isKnown(adwId, signal))) return undefined;
  const [summary, newest] = await Promise.all([
    reads.fetchAdw(adwId, signal),
    reads.fetchEvents(adwId, { before: NEWEST, limit: FIRST_EVENTS, type: BODY_TYPES }, signal),
  ]);
  return { summary, events: newest.events.map(asAny) };
}

/**
 * Asked of reads that answer for unknown ids too: a page that waits should not fill the console with refusals. Events
 * that were posted have no position in a file, so that the list is asked as well, at the same time.
 */
async function isKnown(adwId: string, signal?: AbortSignal): Promise<boolean> {
  const answers = [
    readPositions(adwId).then(files => files.length > 0),
    reads.fetchAdws(signal).then(({ adws }) => adws.some(adw => adw.adw_id === adwId)),
  ];
  const yes = answers.map(answer => answer.then(known => known || Promise.reject(new Error('unknown'))));
  return Promise.any(yes).catch(async () => (await Promise.all(answers)).includes(true));
}
