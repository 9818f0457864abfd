/**
 * Limits of the wire and of what both of its ends keep to, by name, with unit and the harm each prevents. Those that a client
 * meets are in `docs/protocol.md`, too. A limit of one folder alone is there: in its `limits.ts`, or beside what it limits.
 */

const KiB = 1024;
const MiB = 1024 * KiB;

/** Characters of text kept in a typed event; the raw chunk keeps the whole. Prevents events as large as the files they describe. */
export const PREVIEW_CHARS_MAX = 2_000;
/** Bytes of lines in one raw chunk unless one line alone is longer. Prevents frames that stall a slow reader. */
export const CHUNK_BYTES_MAX = 64 * KiB;
/** Bytes of a line that still travels inside a chunk; longer ones travel as an artifact with a preview. */
export const LINE_INLINE_BYTES_MAX = 256 * KiB;
/** Bytes of a line that is delivered whole; a longer one becomes a marked stub. Prevents unbounded memory. */
export const LINE_BYTES_MAX = 64 * MiB;
/** Bytes of a file's first line that its fingerprint covers. Prevents hashing a huge first line at every poll. */
export const FINGERPRINT_BYTES_MAX = 64 * KiB;
/** Bytes before a position that `tail_sha256` covers: enough to know a rewritten file that begins with the same line. */
export const TAIL_BYTES_MAX = 4 * KiB;
/** Bytes of one ingest body, packed or unpacked. Prevents a single request from filling memory. */
export const BODY_BYTES_MAX = 8 * MiB;
/** Events of one ingest body. Prevents a small one, packed, from keeping the server from its other clients for seconds. */
export const BATCH_EVENTS_MAX = 20_000;
/** Keys and values of one event, or of one message of a client. Prevents one that takes seconds to read. */
export const EVENT_VALUES_MAX = 50_000;
/** Keys and values of a batch that is one JSON array, which is read at once. The same. */
export const BATCH_VALUES_MAX = 250_000;
/** Bytes of one artifact upload. Prevents a single upload from filling the disk. */
export const ARTIFACT_BYTES_MAX = 64 * MiB;
/** Bytes of one WebSocket frame from a client; more closes with 1009. */
export const FRAME_BYTES_MAX = 1 * MiB;
/** Events in one page of a read. */
export const PAGE_EVENTS_MAX = 1_000;
/** Characters of events with which a page of a read ends, whatever its limit. Prevents one of large events from filling memory. */
export const PAGE_CHARS_MAX = 16 * MiB;
/** Events in a page when the reader does not say. */
export const PAGE_EVENTS_DEFAULT = 200;
/** Characters of a malformed line that its event quotes. */
export const MALFORMED_CHARS_MAX = 200;
/** Milliseconds between heartbeats; a peer silent for two intervals is closed with 1001. */
export const HEARTBEAT_MS = 30_000;
/** Bytes unsent to one subscriber before it is served from the log and told that it lags. */
export const SUBSCRIBER_BUFFER_BYTES_MAX = 1 * MiB;
/** Milliseconds after which a watcher says again that a process lives. */
export const PROCESS_TOLD_MS = 60_000;
/** Milliseconds for which a word that a process lives holds: then its watcher is gone, and it is not known. */
export const PROCESS_KNOWN_MS = 3 * PROCESS_TOLD_MS;
/** Milliseconds that frames are gathered while events come in faster than that. */
export const COALESCE_MS = 8;
