import { JetStreamApiCodes } from '@nats-io/jetstream';
import { AdwStreamError, messageOf } from '../../../base/errors.ts';

/** JetStream's codes for a full disk, account or stream. */
const FULL: ReadonlySet<number> = new Set([10_002, 10_028, 10_047, 10_077, 10_122, 10_123]);

/** JetStream's own code of an error, or undefined for one of the connection. */
export function apiCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'number' ? error.code : undefined;
}

/** Whether an append lost against another one of the same ADW. */
export function isConflict(error: unknown): boolean {
  return apiCode(error) === JetStreamApiCodes.StreamWrongLastSequence;
}

/** Whether JetStream has no room left. */
export function isFull(error: unknown): boolean {
  const code = apiCode(error);
  return code !== undefined && FULL.has(code);
}

/** An error of NATS or JetStream as one of the catalogue: `storage_full`, or `store_unavailable` for all that passes. */
export function storeError(error: unknown, doing: string): AdwStreamError {
  if (error instanceof AdwStreamError) return error;
  const code = isFull(error) ? 'storage_full' : 'store_unavailable';
  return new AdwStreamError(code, `JetStream could not ${doing}: ${messageOf(error)}`, { cause: error });
}
