import type { LogEvent } from '../../../src/event/schema.ts';
import type { AnyEvent } from './row-data.ts';
import { serverSource } from './server-source.ts';
import type { Source } from './source.ts';

export type { Adws, Artifact } from '../../../src/client/reads.ts';

let current: Source | undefined;

/** Where this page's data come from: the server that it came from, unless {@link openSource} named another. */
export const source = (): Source => (current ??= serverSource(location.origin));

/** Names where the data come from, before anything of the page is loaded that asks for some. */
export function openSource(opened: Source): void {
  current = opened;
}

/** Hands a log event over as one of unknown shape: from here on every field is checked where it is used. */
export const asAny = (event: LogEvent): AnyEvent => event as unknown as AnyEvent;

/** Ends the session and shows the way in again. */
export async function logOut(): Promise<void> {
  await fetch('/logout', { method: 'POST' });
  location.replace('/login');
}
