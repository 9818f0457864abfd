/** A complete answer. */
export interface Answer {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  /** The body as JSON; undefined where it is none. */
  readonly body: unknown;
}

/** What a refusal says, from the answer's `error` or `detail`. */
export function errorOf(answer: Answer): string {
  const { body } = answer;
  if (typeof body !== 'object' || body === null) return `status ${answer.status}`;
  const { error, detail } = body as { error?: unknown; detail?: unknown };
  const text = error ?? detail;
  return typeof text === 'string' ? text : text === undefined ? `status ${answer.status}` : JSON.stringify(text);
}

/** Whether a status says that there is no such route, or nothing that takes this method. */
export function isAbsent(status: number): boolean {
  return status === 404 || status === 405 || status === 501;
}

/** Whether a status says that the same may be taken a moment later. */
export function isTransient(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/** The code of a refusal by a server of ours; undefined where the answer has none. */
export function codeOf({ body }: Answer): string | undefined {
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Whether our server refuses, or what lies before it refuses by size: both mean what was sent. */
export function isOurs(answer: Answer): boolean {
  return codeOf(answer) !== undefined || answer.status === 413;
}
