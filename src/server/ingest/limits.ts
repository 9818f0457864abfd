/** The limits of ingest beside those of `event/limits.ts`. */

const MiB = 1024 * 1024;

/** Calls whose events wait for their commit. More are refused with 429: the store does not keep up. */
export const WAITING_CALLS_MAX = 512;
/** Bytes of bodies being received, unpacked or stored. More are refused with 429 before memory grows. */
export const BODIES_BYTES_MAX = 256 * MiB;
/** How many times its size a packed body is expected to have, for {@link BODIES_BYTES_MAX}. */
export const PACKED_FACTOR = 8;
/** Seconds that a refused caller is asked to wait. */
export const RETRY_AFTER_SECONDS = 1;
/** Bytes of an upload that lie in memory on their way to the disk. */
export const UPLOAD_BYTES = MiB / 4;
