import { formatElapsed, formatSpending } from '../../adw/format.ts';
import type { AdwSummary } from '../../adw/summary-shape.ts';
import { systemClock } from '../../base/clock.ts';
import type { Layout } from '../../sidecar/discover/layout.ts';
import type { Context } from '../context.ts';
import { warnOfOtherRuns } from '../other-runs.ts';
import { clipPath } from '../output/cells.ts';
import { safeLine } from '../output/escape.ts';
import { STATUS_STYLES } from '../output/status-block.ts';
import { type Column, tableLines } from '../output/table.ts';
import { type AdwSource, openSource } from '../source.ts';

/** `adw-stream list`: every ADW with what matters about it, the one that was active last first. */
export async function run(context: Context): Promise<number> {
  const { settings, terminal, stop } = context;
  const source = await openSource(context);
  const summaries: AdwSummary[] = [];
  for await (const summary of source.summaries()) summaries.push(summary);
  summaries.sort((a, b) => Date.parse(b.last_event_at ?? '') - Date.parse(a.last_event_at ?? '') || 0);
  if (settings.json || terminal.form === 'ndjson') {
    if (terminal.form === 'ndjson') for (const summary of summaries) terminal.printJson(summary);
    else terminal.print(JSON.stringify(summaries, null, 2));
  } else if (summaries.length === 0) terminal.note('There is no ADW yet.');
  else {
    const layouts = await layoutsIn(source, summaries);
    const shown = columns(systemClock.now(), layouts);
    terminal.print(tableLines(summaries, shown, { paint: terminal.paint, width: terminal.width() }).join('\n'));
  }
  if (source.places !== undefined) await warnOfOtherRuns(context, source.places);
  return stop.exitCode();
}

/** The layout of each run, by its id, where the project has others than the classic one. */
async function layoutsIn({ places }: AdwSource, summaries: readonly AdwSummary[]): Promise<Map<string, Layout>> {
  if (places === undefined || places.found.every(({ layout }) => layout === 'classic')) return new Map();
  const { directoryOf } = await import('../../sidecar/discover/agents-dir.ts');
  const layoutAt = new Map(places.found.map(({ directory, layout }) => [directory, layout]));
  const found = summaries.map(({ adw_id: id }) => [id, layoutAt.get(directoryOf(id, places) ?? '')] as const);
  return new Map(found.flatMap(([id, layout]) => (layout === undefined ? [] : [[id, layout] as const])));
}

function columns(nowMs: number, layouts: ReadonlyMap<string, Layout>): Column<AdwSummary>[] {
  const layout: Column<AdwSummary> = { title: 'LAYOUT', text: adw => layouts.get(adw.adw_id) ?? '–', rank: 3 };
  return [
    { title: 'ADW', text: adw => safeLine(adw.adw_id), style: () => 'bold', least: 8, cut: clipPath },
    ...(layouts.size > 0 ? [layout] : []),
    {
      title: 'STATUS',
      text: adw => `${STATUS_STYLES[adw.status].mark} ${adw.status.replaceAll('_', ' ')}`,
      style: adw => STATUS_STYLES[adw.status].style,
      least: 13,
    },
    { title: 'PHASE', text: adw => safeLine(adw.phase ?? '–'), least: 8, rank: 3 },
    { title: 'AGE', text: adw => ageOf(adw.last_event_at, nowMs), right: true, rank: 4 },
    { title: 'TIME', text: adw => formatElapsed(adw.elapsed_ms, adw.elapsed_estimated), right: true, rank: 5 },
    { title: 'COST', text: ({ totals }) => formatSpending(totals), right: true, rank: 2 },
    {
      title: 'ERRORS',
      text: adw => String(adw.totals.errors),
      right: true,
      rank: 6,
      style: adw => (adw.totals.errors > 0 ? 'red' : 'dim'),
    },
    { title: 'ISSUE', text: issueOf, least: 12, rank: 1 },
  ];
}

function issueOf({ issue_number: number, title, branch }: AdwSummary): string {
  const name = safeLine(title ?? branch ?? '');
  return [number === null ? '' : `#${safeLine(number)}`, name].filter(Boolean).join(' ') || '–';
}

/** How long ago, in its largest unit: `3d`, `5h`, `12m`, `40s`. */
function ageOf(timestamp: string | null, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(timestamp ?? '')) / 1_000));
  if (Number.isNaN(seconds)) return '–';
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
