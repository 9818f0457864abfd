import type { EventData } from '../../event/schema.ts';
import { pad, widthOf } from './cells.ts';
import { safeLine } from './escape.ts';
import { colorOf, type Paint } from './style.ts';

/** How the beginning of each line is written. */
export interface LineHeadOptions {
  readonly paint: Paint;
  /** Cells of the whole line; Infinity where nothing limits it. */
  readonly width: number;
  /** Whether it begins with the time. */
  readonly times: boolean;
  /** Whose day goes without saying, ms since the Unix epoch. */
  readonly nowMs: number;
}

const ROLE_CELLS = 18;
/** Where less fits, names give way before words do. */
const ROLE_CELLS_MIN = 8;
const ROLE_SHARE = 0.225;

/** `12:03:04  sdlc_planner       │ `: time and role, with the cells it takes. */
export function lineHead(
  { agent_role: role, timestamp, timing }: EventData,
  { paint, width, times, nowMs }: LineHeadOptions,
): { readonly text: string; readonly cells: number } {
  const name = safeLine(role ?? 'workflow');
  // Where lines may be as long as they like, a name that is cut could no longer be searched for.
  const shown = width === Number.POSITIVE_INFINITY ? name.padEnd(ROLE_CELLS) : pad(name, roleCells(width));
  const clock = times ? `${clockOf(timestamp, timing, nowMs)} ` : '';
  const time = clock === '' ? '' : paint('dim', clock);
  return {
    text: `${time}${paint(colorOf(name), shown)} ${paint('dim', '│')} `,
    cells: clock.length + widthOf(shown) + 3,
  };
}

function roleCells(width: number): number {
  return Math.max(ROLE_CELLS_MIN, Math.min(ROLE_CELLS, Math.floor(width * ROLE_SHARE)));
}

/**
 * The time of day in this machine's zone, after the day unless that is today; with `~` where it was worked out from file
 * times; `--:--:--` where it is not known.
 */
function clockOf(timestamp: string | undefined, timing: EventData['timing'], nowMs: number): string {
  const date = new Date(timestamp ?? Number.NaN);
  if (Number.isNaN(date.getTime()) || timing === 'unknown') return '--:--:-- ';
  const isToday = date.toDateString() === new Date(nowMs).toDateString();
  const day = isToday ? '' : `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())} `;
  return `${day}${date.toTimeString().slice(0, 8)}${timing === 'estimated' ? '~' : ' '}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
