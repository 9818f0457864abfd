import { AdwStreamError } from '../../../src/base/errors.ts';
import { createReads } from '../../../src/client/reads.ts';
import type { LogEvent } from '../../../src/event/schema.ts';
import type { AnyEvent } from './row-data.ts';

export type { Adws as Fleet, Artifact, EventIndex } from '../../../src/client/reads.ts';

/** The reads of the server that this page came from: no request leaves the origin. */
export const reads = createReads(location.origin);

/** Hands a log event over as one of unknown shape: from here on every field is checked where it is used. */
export const asAny = (event: LogEvent): AnyEvent => event as unknown as AnyEvent;

async function ask(path: string): Promise<Response> {
  const response = await fetch(path);
  if (!response.ok) throw new AdwStreamError('not_found', `The server answered ${response.status}.`);
  return response;
}

/** One event by its stable id. @throws AdwStreamError when the log holds none */
export async function readEvent(adwId: string, eventId: string): Promise<AnyEvent> {
  const path = `/api/v1/adws/${encodeURIComponent(adwId)}/events/${encodeURIComponent(eventId)}`;
  return (await (await ask(path)).json()) as AnyEvent;
}

/** What this browser may do, and whether it has a session to end. @throws AdwStreamError when the server does not answer */
export async function readSession(): Promise<{ readonly access: 'read' | 'write'; readonly logged_in: boolean }> {
  return (await ask('/api/v1/session')).json();
}

/** Ends the session and shows the way in again. */
export async function logOut(): Promise<void> {
  await fetch('/logout', { method: 'POST' });
  location.replace('/login');
}

/** The text of a stored file. @throws AdwStreamError when there is none */
export async function readArtifactText(adwId: string, path: string, sha256?: string): Promise<string> {
  return (await ask(reads.artifactUrl(adwId, path, sha256))).text();
}
