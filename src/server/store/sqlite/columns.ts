/** How values of an event become small numbers in its row. */

/** Outcomes by the number that stands for them. Only ever appended to: databases hold the numbers. */
export const STATUSES = ['', 'ok', 'error'] as const;

/** 32 bits of an `event_id` (FNV-1a), to find an event without reading bodies; the body decides. */
export function hashOfId(eventId: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < eventId.length; index += 1) {
    hash = Math.imul(hash ^ eventId.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
