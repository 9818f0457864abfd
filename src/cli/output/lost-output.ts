import { AdwStreamError, messageOf, systemCode } from '../../base/errors.ts';
import type { OutputStream } from '../io.ts';

/**
 * Whether a write failed because its reader has gone, of a pipe (`| head`) or with the window of a terminal: that is a way
 * to say "enough", not an error.
 */
export function isReaderGone(stream: OutputStream, error: unknown): boolean {
  const code = systemCode(error);
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED' || (code === 'EIO' && stream.isTTY === true);
}

/** Writes to `stream`, and answers when this and all before it is done: undefined, or why it failed. */
export function written(stream: OutputStream, text: string): Promise<Error | undefined> {
  return new Promise(resolve => {
    stream.write(text, error => resolve(error ?? undefined));
  });
}

/** What a command that has nothing to do but print ends with when it cannot. */
export function outputError(cause: Error): AdwStreamError {
  return new AdwStreamError('output_unwritable', `stdout cannot be written (${messageOf(cause)}).`, { cause });
}
