/** Limits of connections, by name, with unit and the harm each prevents. Those that an operator meets are in `docs/operations.md`, too. */

/** ms in which a request's headers have to be there. Prevents slow-loris: sockets held open by a byte now and then. */
export const HEADERS_TIMEOUT_MS = 10_000;
/** ms in which a whole request has to be there; room for 64 MiB on a slow line. Prevents slow bodies. */
export const REQUEST_TIMEOUT_MS = 120_000;
/** ms between two checks for connections beyond those two limits. */
export const CONNECTIONS_CHECK_MS = 5_000;
/** ms an idle connection is kept for the next request; longer than the 60 s of the usual proxies before us. */
export const KEEP_ALIVE_MS = 72_000;
/** Bytes of a request's headers. Prevents memory held by headers without end. */
export const HEADER_BYTES_MAX = 16 * 1024;
/** Open connections. Prevents running out of file descriptors, which would also stop the log. */
export const CONNECTIONS_MAX = 16_384;
/** Descriptors that connections leave to the log, its artifacts and what the process itself needs. */
export const DESCRIPTORS_KEPT = 128;
/** Descriptors below which a server warns at its start: a few hundred tabs and sidecars would be too many. */
export const DESCRIPTORS_FEW = 1_024;
/** Wrong tokens a minute and client address, at the login form too; those beyond it wait. Prevents guessing. */
export const WRONG_TOKENS_PER_MINUTE = 10;
/** ms that the answer to a wrong token beyond that limit takes. */
export const WRONG_TOKEN_DELAY_MS = 1_000;
/** Client addresses whose requests are counted at once. Prevents memory held by made-up addresses. */
export const COUNTED_CLIENTS_MAX = 10_000;
