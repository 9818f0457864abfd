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

/**
 * Bytes of neighbouring events in one piece of memory, outside of the heap: the collector would copy each event's text twice
 * and look at it for as long as it may be wanted. A frame that is still to be serialized keeps its whole slab.
 */
const SLAB_BYTES = 65_536;
const CLOSING_BRACE = 0x7d;

/** Memory for the data of a few events, in UTF-8. */
class Slab {
  readonly bytes: Buffer;
  #end = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  /** Whether `length` bytes more have room in it. */
  hasRoom(length: number): boolean {
    return this.#end + length <= this.bytes.length;
  }

  /** Where the next text begins. */
  get end(): number {
    return this.#end;
  }

  /** Takes a text of at most `length` bytes; answers how many it has. No reader may see more: the memory is as it was found. */
  put(text: string, length: number): number {
    const written = this.bytes.write(text, this.#end, length, 'utf8');
    this.#end += written;
    return written;
  }
}

/** Bytes of an event's data in UTF-8. */
function bytesOf({ dataJson, dataBytes }: TailedEvent): number {
  return dataBytes ?? Buffer.byteLength(dataJson);
}

/** Frames for events that came together, which share memory. */
export function framesOf(events: readonly TailedEvent[], epoch: string): Frame[] {
  let slab: Slab | undefined;
  return events.map((event, index) => {
    if (!slab?.hasRoom(bytesOf(event))) slab = new Slab(slabSize(events, index));
    return new Frame(event, epoch, slab);
  });
}

/** Bytes of the events from `first` on, up to the one that a slab has no room for; at least those of the first. */
function slabSize(events: readonly TailedEvent[], first: number): number {
  let size = bytesOf(events[first] as TailedEvent);
  for (let index = first + 1; index < events.length; index += 1) {
    const more = bytesOf(events[index] as TailedEvent);
    if (size + more > SLAB_BYTES) break;
    size += more;
  }
  return size;
}

/** An event of the log on its way out: serialized once, when the first subscriber wants it, for all of them. */
export class Frame {
  readonly seq: number;
  readonly type: EventType;
  readonly adwId: string;
  /** About how many bytes it holds, serialized or not. */
  readonly size: number;
  readonly #epoch: string;
  /** Its data is here, from {@link #from} on; let go of once serialized. */
  #slab: Buffer | undefined;
  readonly #from: number;
  readonly #length: number;
  #websocket: Buffer | undefined;
  #single: Buffer | undefined;
  #board: Buffer | undefined;

  /** @param slab takes its data; one of its own when absent */
  constructor(event: TailedEvent, epoch: string, slab: Slab = new Slab(bytesOf(event))) {
    this.seq = event.seq;
    this.type = event.type;
    this.adwId = event.adwId;
    this.#slab = slab.bytes;
    this.#from = slab.end;
    this.#length = slab.put(event.dataJson, bytesOf(event));
    this.size = this.#length + 160;
    this.#epoch = epoch;
  }

  /** The event as a whole WebSocket frame. */
  get websocket(): Buffer {
    this.#websocket ??= this.#serialize();
    return this.#websocket;
  }

  #serialize(): Buffer {
    // ASCII: types are ours, and an epoch is hex.
    const head = eventFrame(this.type, this.seq, this.#epoch, '').slice(0, -1);
    const length = head.length + this.#length + 1;
    const header = frameHeader(length);
    const frame = Buffer.allocUnsafe(header.length + length);
    frame.set(header);
    frame.write(head, header.length, 'latin1');
    this.#slab?.copy(frame, header.length + head.length, this.#from, this.#from + this.#length);
    frame[frame.length - 1] = CLOSING_BRACE;
    this.#slab = undefined;
    return frame;
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
