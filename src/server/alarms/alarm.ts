import { oneLine, stripControl } from '../../adw/format.ts';
import type { AdwSummary } from '../../adw/summary-shape.ts';

/** The fields of an alarm that templates and commands can name, in the order in which documents list them. */
export const ALARM_FIELDS = [
  'id',
  'rule',
  'when',
  'message',
  'url',
  'raised_at',
  'event_id',
  'adw_id',
  'title',
  'status',
  'why',
  'workflow',
  'phase',
  'branch',
  'issue_number',
  'pull_request',
  'cost_usd',
  'elapsed_ms',
] as const;

/** An alarm, as every action gets it: flat, so that templates and environments can name each field. */
export interface Alarm {
  /** The same for the same incident, however often it is sent. */
  readonly id: string;
  /** The rule's name. */
  readonly rule: string;
  /** What the rule looks for; `test` for one that was asked for. */
  readonly when: string;
  /** What happened, in one sentence fit to show. */
  readonly message: string;
  /** The page of the run, at the event. */
  readonly url: string;
  readonly raised_at: string;
  /** The event that it rests on most. */
  readonly event_id: string | null;
  readonly adw_id: string;
  readonly title: string | null;
  readonly status: string;
  readonly why: string;
  readonly workflow: string | null;
  readonly phase: string | null;
  readonly branch: string | null;
  readonly issue_number: string | null;
  readonly pull_request: string | null;
  /** US dollars. */
  readonly cost_usd: number | null;
  readonly elapsed_ms: number | null;
}

/** What is said of a run in its alarms. */
export function runFieldsOf(
  summary: AdwSummary,
): Omit<Alarm, 'id' | 'rule' | 'when' | 'message' | 'url' | 'raised_at' | 'event_id'> {
  const { adw_id, title, status, why, workflow, phase, branch, issue_number, pull_request, totals, elapsed_ms } =
    summary;
  const about = {
    adw_id,
    title: title === null ? null : shown(title),
    status,
    why: shown(why),
    workflow,
    phase,
    branch,
  };
  return { ...about, issue_number, pull_request, cost_usd: totals.cost_usd, elapsed_ms };
}

/** Agents' words on one line, without what a terminal would obey. */
export function shown(text: string): string {
  return oneLine(stripControl(text), 500);
}

/** Where the page shows an event, or a run. */
export function linkTo(base: string, adwId: string, eventId: string | null): string {
  const event = eventId === null ? '' : `?ev=${encodeURIComponent(eventId)}`;
  return `${base}/#/adw/${encodeURIComponent(adwId)}${event}`;
}

const FIELD = /\{([a-z_]+)\}/g;

/** The names in braces of a text. */
export function fieldsNamedIn(text: string): string[] {
  return [...text.matchAll(FIELD)].map(([, field = '']) => field);
}

/** A field as text; empty where it is not known. */
export function fieldText(alarm: Alarm, field: string): string {
  const value = (alarm as unknown as Readonly<Record<string, unknown>>)[field];
  return value === null || value === undefined ? '' : String(value);
}

/** A body of the owner's own form: each `{field}` in a text becomes that field's value. What is filled in stays text, never JSON. */
export function filled(value: unknown, alarm: Alarm): unknown {
  if (typeof value === 'string') return value.replaceAll(FIELD, (_, field: string) => fieldText(alarm, field));
  if (Array.isArray(value)) return value.map(one => filled(one, alarm));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, alarm)]));
}

/**
 * A message in Slack's form. Its three special characters are escaped, and a space of no width follows each `@`, by which
 * Mattermost and Rocket.Chat call: so nothing an agent says calls a person.
 */
export function slackBody(alarm: Alarm): { readonly text: string } {
  const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const safe = (text: string) => escaped(text).replaceAll('@', '@\u200b');
  const label = safe([alarm.adw_id, alarm.title].filter(Boolean).join(' ')).replaceAll('|', '¦');
  return { text: `*${safe(alarm.rule)}* <${escaped(alarm.url)}|${label}>\n${safe(alarm.message)}` };
}
