import { crc32, deflateSync } from 'node:zlib';

/** A filled rectangle, in pixels. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** `rrggbb`. */
  readonly color: string;
}

/** A PNG of rectangles painted one over the other; the first fills the picture. Deterministic. */
export function drawPng(rectangles: readonly [Rectangle, ...Rectangle[]]): Buffer {
  const [{ width, height }] = rectangles;
  // One filter byte before each row of RGB.
  const stride = 1 + width * 3;
  const pixels = Buffer.alloc(stride * height);
  for (const rectangle of rectangles) {
    const color = Buffer.from(rectangle.color, 'hex');
    const bottom = Math.min(height, rectangle.y + rectangle.height);
    const right = Math.min(width, rectangle.x + rectangle.width);
    for (let y = rectangle.y; y < bottom; y++) {
      for (let x = rectangle.x; x < right; x++) color.copy(pixels, y * stride + 1 + x * 3);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(named.length + 8);
  framed.writeUInt32BE(data.length, 0);
  named.copy(framed, 4);
  framed.writeUInt32BE(crc32(named), named.length + 4);
  return framed;
}
