import { describe, expect, test } from 'vitest';
import { linesIn, sseEventsIn } from '../../src/client/body.ts';

const bytes = new TextEncoder();

/** A body that holds pieces, and then what `end` does to it: nothing more, for ever, without it. */
function bodyOf(pieces: readonly Uint8Array[], end?: (controller: ReadableStreamDefaultController) => void) {
  let isLeft = false;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      end?.(controller);
    },
    cancel() {
      isLeft = true;
    },
  });
  return { body, isLeft: () => isLeft };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const read: Item[] = [];
  for await (const item of items) read.push(item);
  return read;
}

describe('a body', () => {
  test('is read by lines, wherever its pieces are cut', async () => {
    const whole = bytes.encode('one\n\nzw🧠lf\nno line');
    const pieces = Array.from(whole, byte => Uint8Array.of(byte));
    for (const some of [[whole], pieces])
      expect(await all(linesIn(bodyOf(some, body => body.close()).body))).toEqual(['one', '', 'zw🧠lf']);
  });

  test('that breaks off is an unreachable server; one that its reader aborted is what the platform says', async () => {
    const broken = (error: Error) => all(linesIn(bodyOf([], body => body.error(error)).body));
    await expect(broken(new TypeError('network error'))).rejects.toMatchObject({ code: 'server_unreachable' });
    await expect(broken(new DOMException('left', 'AbortError'))).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('is let go when its reader has enough', async () => {
    const { body, isLeft } = bodyOf([bytes.encode('event: a\ndata: 1\n\ndata: 2\n\n')]);
    for await (const event of sseEventsIn(body)) {
      expect(event).toEqual({ name: 'a', data: '1' });
      break;
    }
    expect(isLeft()).toBe(true);
  });

  test('of events ends when nothing came for as long as may be', async () => {
    const { body, isLeft } = bodyOf([bytes.encode('data: 1\n\n')]);
    expect(await all(sseEventsIn(body, 20))).toEqual([{ name: 'message', data: '1' }]);
    expect(isLeft()).toBe(true);
  });
});
