import type { AdwSummary } from '../../adw/summary-shape.ts';
import { safeLine } from './escape.ts';

/** Characters of a text at the most: the whole stays below 2 KB, whatever script the texts are written in. */
const WHY_CHARS_MAX = 160;
const TITLE_CHARS_MAX = 80;
const ADDRESS_CHARS_MAX = 200;
const PHASE_CHARS_MAX = 24;
/** Bytes of the phases that have begun, the last of them: a run may name many. */
const PHASES_BYTES_MAX = 240;

/** What a script or an agent asks of a run: a selection of {@link AdwSummary} of less than 2 KB as JSON. */
export function briefOf(summary: AdwSummary) {
  const { totals } = summary;
  return {
    adw_id: summary.adw_id,
    status: summary.status,
    why: cut(summary.why, WHY_CHARS_MAX),
    since: summary.since,
    waiting: summary.waiting,
    next_check_at: summary.next_check_at,
    title: cut(summary.title, TITLE_CHARS_MAX),
    pull_request: cut(summary.pull_request, ADDRESS_CHARS_MAX),
    phase: cut(summary.phase, PHASE_CHARS_MAX),
    phases: Object.fromEntries(lastOf(begunPhases(summary))),
    elapsed_ms: summary.elapsed_ms,
    elapsed_estimated: summary.elapsed_estimated,
    cost_usd: totals.cost_usd,
    cost_estimated: totals.cost_estimated,
    tools: totals.tools,
    errors: totals.errors,
    lines: totals.lines,
    last_event_at: summary.last_event_at,
  };
}

function begunPhases({ phases }: AdwSummary): [string, string][] {
  return phases
    .filter(({ status }) => status !== 'pending')
    .map(({ name, status }) => [cut(name, PHASE_CHARS_MAX), status]);
}

/** The last of them, as far as there is room. */
function lastOf(phases: readonly [string, string][]): readonly [string, string][] {
  let room = PHASES_BYTES_MAX;
  const first = phases.findLastIndex(phase => {
    room -= Buffer.byteLength(JSON.stringify(phase));
    return room < 0;
  });
  return phases.slice(first + 1);
}

function cut<Text extends string | null>(text: Text, charsMax: number): string | Text {
  if (text === null) return text;
  const line = safeLine(text);
  return line.length > charsMax ? `${line.slice(0, charsMax - 1)}…` : line;
}
