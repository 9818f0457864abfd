import type { RunsMessage } from '../../../src/adw/listed-run.ts';
import type { Row } from '../../../src/adw/row.ts';
import type { AdwSummary } from '../../../src/adw/summary-shape.ts';
import type { Adws, Artifact, EventsPage, EventsQuery, Newest } from '../../../src/client/reads.ts';
import type { Position } from '../../../src/event/position.ts';
import type { ExportManifest } from '../../../src/export/shape.ts';
import type { AnyEvent } from './row-data.ts';

/**
 * Where the page's data come from: the server that it came from, or what lies in the page itself. Everything that the page
 * asks for goes through here; each method rejects with an AdwStreamError, an aborted one with the signal's reason.
 */
export interface Source {
  fetchAdws(signal?: AbortSignal): Promise<Adws>;
  /** Reads the list of runs, then what changes of it, until the server or the signal ends it. */
  followRuns(asked: RunsAsked, signal: AbortSignal): Promise<void>;
  /** Full text over all runs; `before` goes on where an answer ended. */
  searchRuns(q: string, before: number | undefined, signal: AbortSignal): Promise<Contents>;
  fetchAdw(adwId: string, signal?: AbortSignal): Promise<AdwSummary>;
  /** The summary as it was after an event. */
  fetchAdwAt(adwId: string, seq: number, signal?: AbortSignal): Promise<AdwSummary>;
  fetchEvents(adwId: string, query?: EventsQuery, signal?: AbortSignal): Promise<EventsPage>;
  /** Summary and newest events in one answer; of unknown ADWs too. */
  fetchNewest(adwId: string, query?: Pick<EventsQuery, 'limit' | 'type'>, signal?: AbortSignal): Promise<Newest>;
  /** One event by its stable id. */
  fetchEvent(adwId: string, eventId: string): Promise<AnyEvent>;
  /** The rows of all events, to be gone through once. */
  fetchRows(adwId: string, signal?: AbortSignal): Promise<Rows>;
  /** What is held of every file generation of an ADW. */
  fetchPositions(adwId: string): Promise<readonly Position[]>;
  fetchArtifacts(adwId: string, signal?: AbortSignal): Promise<readonly Artifact[]>;
  /** The text of a stored file, of its newest version or the one with that hash. */
  readText(adwId: string, path: string, sha256?: string): Promise<string>;
  /** Where an image is shown from; empty where its bytes are not there. */
  imageUrl(adwId: string, path: string, sha256?: string): string;
  /** Where a stored file can be opened or kept from; empty where its bytes are not there. */
  fileUrl(adwId: string, path: string, sha256?: string): Promise<string>;
  /** What this browser may do, and whether it has a session to end. */
  fetchSession(): Promise<{ readonly access: 'read' | 'write'; readonly logged_in: boolean }>;
  /** Where one ADW can be had as a page of its own; empty where that is what this page is. */
  exportUrl(adwId: string): string;
  /** What lies in the page itself; absent where a server tells, and goes on. */
  readonly exported?: Exported;
}

/** What full text found in all runs. */
export interface Contents {
  /** The seq before which nothing was looked at; null where everything was. */
  readonly next: number | null;
  /** That with the newest hit first. */
  readonly runs: readonly RunHits[];
}

/** The hits in one run. */
export interface RunHits {
  readonly adw_id: string;
  readonly hits: number;
  readonly newest: readonly {
    readonly seq: number;
    readonly event_id: string;
    readonly type: string;
    readonly role: string | null;
    readonly at: string | null;
    /** Plain text and hits by turns, plain text first. */
    readonly snippet: readonly string[];
  }[];
}

/** What {@link Source.followRuns} is asked for. */
export interface RunsAsked {
  /** The `at` of the last message that the page has. */
  readonly after: string | undefined;
  /** Whether to tell what phases, roles and models took. */
  readonly withParts: boolean;
  readonly onRuns: (message: RunsMessage) => void;
}

/** The rows of an ADW up to a seq. */
export interface Rows {
  readonly epoch: string;
  /** What is newer comes live. */
  readonly last_seq: number;
  /** In seq order, made as they are asked for; rejects when the answer breaks off. */
  readonly pages: AsyncIterable<Iterable<Row>>;
}

/** A page that holds its data. */
export interface Exported {
  readonly manifest: ExportManifest;
  /** The hash (sha-256, hex) that it says it has. */
  readonly sha256: string;
  /** The hash that it has; undefined where this browser works none out. */
  computedSha256(): Promise<string | undefined>;
}
