import { readFileSync } from 'node:fs';

/** How many descriptors this process may have, where the system says it (Linux); Infinity elsewhere. */
export function descriptorsMax(): number {
  try {
    const [, limit = ''] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return limit === '' ? Number.POSITIVE_INFINITY : Number(limit);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
