import { type Frame, frameHeader } from './frame.ts';
import { PIECE_BYTES_MAX } from './limits.ts';

/**
 * How events reach a client: a WebSocket message each, the same with words for the reference's board, several in a `batch`
 * message, or Server-Sent Events.
 */
export type Encoding = 'message' | 'board' | 'batch' | 'sse';

/** Bytes for a socket, and what they hold. */
export interface Piece {
  readonly bytes: Buffer;
  readonly events: number;
  /** The seq of the last event in it. */
  readonly seq: number;
}

const BATCH_HEAD = Buffer.from('{"type":"batch","events":[');
const BATCH_TAIL = Buffer.from(']}');
const COMMA = Buffer.from(',');
const SSE_TAIL = Buffer.from('\n\n');

/** Serializes `frames`, in order, in pieces of at most {@link PIECE_BYTES_MAX} unless one event alone is larger. */
export function encode(frames: readonly Frame[], encoding: Encoding, epoch: string): Piece[] {
  const pieces: Piece[] = [];
  let begin = 0;
  let bytes = 0;
  for (let index = 0; index < frames.length; index++) {
    const frame = frames[index] as Frame;
    const { length } = bytesOf(frame, encoding);
    if (index > begin && bytes + length > PIECE_BYTES_MAX) {
      pieces.push(piece(frames.slice(begin, index), encoding, epoch));
      begin = index;
      bytes = 0;
    }
    bytes += length;
  }
  if (begin < frames.length) pieces.push(piece(frames.slice(begin), encoding, epoch));
  return pieces;
}

/** What one frame takes, without what holds several together. */
function bytesOf(frame: Frame, encoding: Encoding): Buffer {
  if (encoding === 'board') return frame.board;
  return encoding === 'message' ? frame.single : frame.websocket;
}

function piece(frames: readonly Frame[], encoding: Encoding, epoch: string): Piece {
  const { seq } = frames[frames.length - 1] as Frame;
  return { bytes: BYTES[encoding](frames, epoch), events: frames.length, seq };
}

const BYTES: Record<Encoding, (frames: readonly Frame[], epoch: string) => Buffer> = {
  // A lone frame is the common case of a quiet server: no copy at all.
  message: frames =>
    frames.length === 1 ? (frames[0] as Frame).single : Buffer.concat(frames.map(frame => frame.single)),
  board: frames => (frames.length === 1 ? (frames[0] as Frame).board : Buffer.concat(frames.map(frame => frame.board))),
  batch: frames => {
    const parts: Buffer[] = [BATCH_HEAD];
    for (const frame of frames) parts.push(frame.json, COMMA);
    parts[parts.length - 1] = BATCH_TAIL;
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const header = frameHeader(length);
    return Buffer.concat([header, ...parts], header.length + length);
  },
  sse: (frames, epoch) =>
    Buffer.concat(frames.flatMap(frame => [Buffer.from(`id: ${epoch}:${frame.seq}\ndata: `), frame.json, SSE_TAIL])),
};
