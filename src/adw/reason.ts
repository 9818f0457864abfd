/** What the reason of a run begins with whose workflow's log ends with an error. */
export const LOG_FAILED = "the workflow's log ends with an error: ";

/** A run's reason for where there is little room: without what all of a kind begin with, so that the cause is read. Pure. */
export function causeOf(reason: string): string {
  return reason.startsWith(LOG_FAILED) ? reason.slice(LOG_FAILED.length) : reason;
}
