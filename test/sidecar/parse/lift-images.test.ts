import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/event/id.ts';
import { isCompleteImage, sniffImage } from '../../../src/sidecar/parse/files/image.ts';
import { liftImages } from '../../../src/sidecar/parse/lift-images.ts';
import { createRedactor } from '../../../src/sidecar/parse/redact.ts';
import { dataOf, linesOf, parseAll, pngBytes, toolResult, toolUse } from './feed.ts';

const encoded = (bytes: Buffer): string => bytes.toString('base64');
const source = (bytes: Buffer) => ({
  type: 'image',
  source: { type: 'base64', data: encoded(bytes), media_type: 'image/png' },
});
const reference = (bytes: Buffer): string => `artifact:images/${sha256Hex(bytes)}.png;bytes=${bytes.length}`;

describe('an image in a line', () => {
  const one = pngBytes(1);
  const two = pngBytes(2);
  const line = toolResult(
    't1',
    [source(one), source(two)],
    {},
    { tool_use_result: { type: 'image', file: { base64: encoded(one) } } },
  );

  it('is taken out of both places, and nothing else of the line changes', () => {
    const text = JSON.stringify(line);
    const lifted = liftImages(text);
    expect(lifted.text).toBe(text.replaceAll(encoded(one), reference(one)).replaceAll(encoded(two), reference(two)));
    expect(lifted.images).toEqual(
      [one, two].map(bytes => ({
        path: `images/${sha256Hex(bytes)}.png`,
        sha256: sha256Hex(bytes),
        mediaType: 'image/png',
        bytes,
      })),
    );
  });

  it('becomes one upload and one artifact event, and is named in the output', () => {
    const [, parsed] = parseAll(linesOf(toolUse('t1', 'Read', {}), line), { redact: createRedactor({ patterns: {} }) });
    expect(parsed?.changed).toBe(true);
    expect(parsed?.artifacts.map(artifact => artifact.bytes)).toEqual([one, two]);
    expect(dataOf(parsed?.events ?? [], 'artifact')).toMatchObject([
      { path: `images/${sha256Hex(one)}.png`, sha256: sha256Hex(one), bytes: one.length, media_type: 'image/png' },
      { sha256: sha256Hex(two) },
    ]);
    expect(dataOf(parsed?.events ?? [], 'tool_use_post')[0]?.output).toContain(
      `[image images/${sha256Hex(one)}.png, ${one.length} bytes]`,
    );
  });

  it('is found with spaces in the JSON and with escaped slashes', () => {
    const jpeg = Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.alloc(40, 0xff), Buffer.from('ffd9', 'hex')]);
    const lifted = liftImages(`{"data" : "${encoded(jpeg).replaceAll('/', '\\/')}"}`);
    expect(lifted.text).toBe(`{"data" : "artifact:images/${sha256Hex(jpeg)}.jpg;bytes=${jpeg.length}"}`);
    expect(lifted.images[0]?.bytes).toEqual(jpeg);
  });

  it('stays when it is no image, no base64, or only quoted in a text', () => {
    for (const text of [
      `{"data":"${Buffer.from('%PDF-1.4 something').toString('base64')}"}`,
      '{"data":"iVBORw0KGgo not base64"}',
      JSON.stringify({ text: JSON.stringify({ data: encoded(one) }) }),
      `{"data":"${encoded(one).slice(0, -3)}`,
    ]) {
      expect(liftImages(text)).toEqual({ text, images: [] });
    }
  });
});

describe('a whole image', () => {
  const riff = (size: number, body: number) => {
    const bytes = Buffer.concat([Buffer.from('RIFF    WEBPVP8 '), Buffer.alloc(body)]);
    bytes.writeUInt32LE(size, 4);
    return bytes;
  };
  const gif = Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(20), Buffer.from([0x3b])]);
  const jpeg = Buffer.from('ffd8ffe000104a464946ffd9', 'hex');

  it('is known by its beginning and its end', () => {
    expect(
      [pngBytes(1), gif, jpeg, riff(28, 20)].map(bytes => [sniffImage(bytes)?.mediaType, isCompleteImage(bytes)]),
    ).toEqual([
      ['image/png', true],
      ['image/gif', true],
      ['image/jpeg', true],
      ['image/webp', true],
    ]);
  });

  it('is not yet there while any of it is missing', () => {
    for (const bytes of [pngBytes(1), gif, jpeg, riff(28, 20)]) {
      for (let length = 0; length < bytes.length; length += 1)
        expect(isCompleteImage(bytes.subarray(0, length))).toBe(false);
    }
  });
});
