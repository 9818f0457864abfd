import { systemCode } from '../../base/errors.ts';
import type { OutputStream } from '../io.ts';

/**
 * Calls `listener` when the reader of `stream` has gone (`| head`): that is a way to say "enough", not an error. Anything
 * else that goes wrong with the stream is thrown. Returns a function that stops listening.
 */
export function onPipeClosed(stream: OutputStream, listener: () => void): () => void {
  const handle = (error: Error): void => {
    const code = systemCode(error);
    if (code !== 'EPIPE' && code !== 'ERR_STREAM_DESTROYED') throw error;
    listener();
  };
  stream.on('error', handle);
  return () => stream.off('error', handle);
}
