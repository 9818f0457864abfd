/**
 * Why a WebSocket was closed, and whether to come back. The server never closes with 1000: the reference's browser
 * client takes that for the end and does not reconnect. Codes of our own are in two ranges: 4000–4499 say reconnect and
 * resume, 4500–4999 would say do not; a client that meets an unknown code can go by the range.
 */

/** What one close code means. */
export interface CloseRow {
  readonly code: number;
  /** Whether a client does well to reconnect, with backoff, and resume after the last seq that it has. */
  readonly reconnect: boolean;
  readonly meaning: string;
}

const row = (code: number, reconnect: boolean, meaning: string): CloseRow => ({ code, reconnect, meaning });

export const CLOSE = {
  goingAway: row(1001, true, 'The server shuts down, or the peer was silent for two heartbeats.'),
  policy: row(1008, false, 'The client sent too many messages and did not stop when told.'),
  tooBig: row(1009, false, 'A frame of the client was larger than the limit.'),
  internal: row(1011, true, 'The server met an error of its own on this connection.'),
  restart: row(1012, true, 'The server restarts.'),
  tooSlow: row(4001, true, 'The client does not take what it is sent; the reason names the seq to resume after.'),
  expired: row(
    4002,
    true,
    'The log does not have what the client was to read next: retention removed it, or it is of another log.',
  ),
} as const satisfies Record<string, CloseRow>;

/** Whether a client does well to reconnect after a close with `code`; 1005 and 1006 are lost connections. */
export function reconnectAfter(code: number): boolean {
  const known = Object.values(CLOSE).find(one => one.code === code);
  if (known !== undefined) return known.reconnect;
  return code >= 4000 ? code < 4500 : code !== 1000;
}
