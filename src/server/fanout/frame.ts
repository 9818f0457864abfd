import { eventFrame } from '../../event/schema.ts';
import type { EventType } from '../../event/types.ts';
import type { TailedEvent } from '../store/store.ts';
import { hasSecondName, inBoardWords, isWorded, withSecondName } from './board.ts';

const FIN_TEXT = 0x81;

/** The header of one unmasked, uncompressed WebSocket text frame whose payload is `length` bytes. */
export function frameHeader(length: number): Buffer {
  if (length < 126) return Buffer.from([FIN_TEXT, length]);
  if (length < 65_536) return Buffer.from([FIN_TEXT, 126, length >>> 8, length & 0xff]);
  const header = Buffer.alloc(10);
  header[0] = FIN_TEXT;
  header[1] = 127;
  header.writeUIntBE(length, 4, 6);
  return header;
}

/**
 * One WebSocket frame that carries `text`. A server's frames are the same bytes for every client, so they are made once
 * and written to each socket as they are; `ws.send` would make a header and two writes per client.
 */
export function textFrame(text: string): Buffer {
  const header = frameHeader(Buffer.byteLength(text));
  const frame = Buffer.allocUnsafe(header.length + Buffer.byteLength(text));
  frame.set(header);
  frame.write(text, header.length);
  return frame;
}

/** Bytes of a frame's header, by what its second byte says. */
function headerLength(frame: Buffer): number {
  const length = frame[1] as number;
  return length < 126 ? 2 : length === 126 ? 4 : 10;
}

/** An event of the log on its way out: serialized once, when the first subscriber wants it, for all of them. */
export class Frame {
  readonly seq: number;
  readonly type: EventType;
  readonly adwId: string;
  /** About how many bytes it holds, serialized or not. */
  readonly size: number;
  readonly #epoch: string;
  /** Emptied once serialized, so that an event is held once. */
  #dataJson: string;
  #websocket: Buffer | undefined;
  #single: Buffer | undefined;
  #board: Buffer | undefined;

  constructor(event: TailedEvent, epoch: string) {
    this.seq = event.seq;
    this.type = event.type;
    this.adwId = event.adwId;
    this.size = (event.dataBytes ?? Buffer.byteLength(event.dataJson)) + 160;
    this.#epoch = epoch;
    this.#dataJson = event.dataJson;
  }

  /** The event as a whole WebSocket frame. */
  get websocket(): Buffer {
    if (this.#websocket === undefined) {
      this.#websocket = textFrame(eventFrame(this.type, this.seq, this.#epoch, this.#dataJson));
      this.#dataJson = '';
    }
    return this.#websocket;
  }

  /**
   * The same for clients that take single messages, as the reference's does: it reads a tool's preview under a second name.
   * Only here, so that no preview lies twice in the log or in what other readers get.
   */
  get single(): Buffer {
    if (!hasSecondName(this.type)) return this.websocket;
    this.#single ??= textFrame(withSecondName(this.type, String(this.json)));
    return this.#single;
  }

  /** The same for the reference's board, whose screen is told in words what it would not show otherwise. */
  get board(): Buffer {
    if (!isWorded(this.type)) return this.single;
    this.#board ??= Buffer.concat(inBoardWords(this.type, String(this.json)).map(textFrame));
    return this.#board;
  }

  /** The event as JSON. */
  get json(): Buffer {
    return this.websocket.subarray(headerLength(this.websocket));
  }
}
