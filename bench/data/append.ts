import { closeSync, openSync, writeSync } from 'node:fs';
import { markOf } from './mark.ts';

/** Appends a line every `everyMs` ms: `lines` of them, or as many as go until `signal` aborts. @returns how many */
export async function appendEvery(
  path: string,
  lines: number,
  { everyMs, next, signal }: { everyMs: number; next: () => string; signal?: AbortSignal },
): Promise<number> {
  const fd = openSync(path, 'a');
  let line = 0;
  for (; line < lines && !signal?.aborted; line++) {
    writeSync(fd, `${next()}\n`);
    await new Promise(resolve => setTimeout(resolve, everyMs));
  }
  closeSync(fd);
  return line;
}

/** Lines in which Claude Code says something, each with a mark that a subscriber finds: its number, and when it was made. */
export function markedLines(): () => string {
  let number = 0;
  return () => {
    const text = `it is done, the list is sorted ${markOf(0, number++)}`;
    return JSON.stringify({
      type: 'assistant',
      message: { id: `msg_${number}`, role: 'assistant', content: [{ type: 'text', text }] },
    });
  };
}
