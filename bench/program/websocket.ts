import { connect, type Socket } from 'node:net';

/** One read buffer for all connections of the process: a load of thousands must not spend its time allocating. */
const shared = Buffer.allocUnsafeSlow(256 * 1024);
const KEY = 'AAAAAAAAAAAAAAAAAAAAAA==';

/** What {@link openWebSocket} takes. `onBytes` gets every byte after the handshake, valid only during the call. */
export interface WebSocketOptions {
  readonly port: number;
  readonly path: string;
  readonly onBytes: (bytes: Buffer) => void;
  readonly onClose: () => void;
}

/** Opens a WebSocket with as little as possible between the kernel and the caller; answers pings. */
export function openWebSocket({ port, path, onBytes, onClose }: WebSocketOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let head: Buffer | undefined = Buffer.alloc(0);
    const answerPings = pingAnswerer(pong => socket.write(pong));
    const take = (bytes: Buffer) => {
      answerPings(bytes);
      onBytes(bytes);
    };
    const callback = (count: number, buffer: Uint8Array): boolean => {
      const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, count);
      if (head === undefined) {
        take(bytes);
        return true;
      }
      head = Buffer.concat([head, bytes]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return true;
      if (!head.includes(' 101 ')) reject(new Error(head.toString('latin1', 0, 200)));
      const rest = head.subarray(end + 4);
      head = undefined;
      resolve(socket);
      if (rest.length > 0) take(rest);
      return true;
    };
    const socket = connect({ host: '127.0.0.1', port, noDelay: true, onread: { buffer: shared, callback } });
    socket.once('error', reject).once('close', onClose);
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`,
    );
  });
}

/** A frame from a client; its mask is zero, which leaves the payload as it is. */
export function clientFrame(payload: string, opcode = 1): Buffer {
  const bytes = Buffer.from(payload);
  const head = bytes.length < 126 ? [0x80 | bytes.length] : [0x80 | 126, bytes.length >> 8, bytes.length & 255];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...head, 0, 0, 0, 0]), bytes]);
}

/** Walks over the frames of a stream of bytes; of pings it gathers the payload and answers it. */
function pingAnswerer(answer: (pong: Buffer) => void): (bytes: Buffer) => void {
  let header: number[] = [];
  let left = 0;
  let ping: number[] | undefined;
  const done = () => {
    if (ping) answer(clientFrame(Buffer.from(ping).toString('latin1'), 10));
    ping = undefined;
    header = [];
  };
  return bytes => {
    for (let at = 0; at < bytes.length; ) {
      if (left > 0) {
        const step = Math.min(left, bytes.length - at);
        if (ping) ping.push(...bytes.subarray(at, at + step));
        at += step;
        left -= step;
        if (left === 0) done();
        continue;
      }
      header.push(bytes[at] as number);
      at += 1;
      const short = (header[1] ?? 0) & 127;
      const length = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (header.length < length) continue;
      left = length === 2 ? short : header.slice(2).reduce((sum, byte) => sum * 256 + byte, 0);
      ping = ((header[0] as number) & 15) === 9 ? [] : undefined;
      if (left === 0) done();
    }
  };
}
