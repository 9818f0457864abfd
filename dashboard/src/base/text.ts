import { formatDuration, grouped } from '../../../src/adw/format.ts';

export {
  formatBytes as bytes,
  formatCost as dollars,
  formatSpending as spending,
  formatTokens as short,
  grouped as whole,
  visible,
} from '../../../src/adw/format.ts';

/**
 * A duration as the terminal says it, `0.2s`, `42s`, `3:12`, `7,628 h`, but in milliseconds below a tenth of a second, which calls
 * of tools take and no command shows; empty where nothing is known.
 */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return '';
  return ms > 0 && ms < 100 ? `${Math.max(1, Math.round(ms))}ms` : formatDuration(ms);
}

/** Hours from which minutes tell nothing any more. */
const LONG_HOURS = 100;

/** A running clock, in whole seconds so that it does not jump: `0:04`, `12:41`, `1:02:09`, `7,628 h`. */
export function clockSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  if (hours >= LONG_HOURS) return `${grouped(hours)} h`;
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** `1 event`, `2 events`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

const two = (value: number) => String(value).padStart(2, '0');

/** Local wall clock, `12:03:04`; empty for no time. */
export function clock(ms: number): string {
  if (!Number.isFinite(ms)) return '';
  const at = new Date(ms);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sept', 'Oct', 'Nov', 'Dec'];
const date = (at: Date) => `${at.getDate()} ${MONTHS[at.getMonth()]}`;

/** When something was, as short as tells it: `12:03` of today, `26 Nov` of this year, `26 Nov 2025`; empty for no time. */
export function day(ms: number, nowMs: number): string {
  if (!Number.isFinite(ms)) return '';
  const [then, today] = [new Date(ms), new Date(nowMs)];
  if (then.toDateString() === today.toDateString()) return clock(ms).slice(0, 5);
  return then.getFullYear() === today.getFullYear() ? date(then) : `${date(then)} ${then.getFullYear()}`;
}

/** Local and UTC, for a tooltip. */
export function fullTime(ms: number): string {
  if (!Number.isFinite(ms)) return '';
  const at = new Date(ms);
  return `${date(at)} ${clock(ms)} local · ${at.toISOString()}`;
}

/** How long ago, in one unit: `now`, `4s`, `12m`, `3h`, `5d`. */
export function ago(ms: number): string {
  if (ms < 1500) return 'now';
  if (ms < 60_000) return `${Math.floor(ms / 1000)}s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)}m`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)}h`;
  return `${Math.floor(ms / 86_400_000)}d`;
}

/** The same as a phrase: `now`, `4s ago`. */
export function since(ms: number): string {
  const span = ago(ms);
  return span === 'now' ? span : `${span} ago`;
}
