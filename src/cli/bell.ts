import { turnedMs } from '../adw/judgement.ts';
import type { AdwState } from '../adw/state.ts';
import type { AdwSummary } from '../adw/summary-shape.ts';
import { systemClock } from '../base/clock.ts';
import type { AlarmRule } from '../server/alarms/config.ts';
import { Fleet } from '../server/alarms/fleet.ts';
import { incidentsOf } from '../server/alarms/rules.ts';
import type { Context } from './context.ts';
import { limitsOf } from './judgement-limits.ts';

/** ms for which a run has to be in a state before it counts: a burst of lines is not told step by step. */
const SETTLED_MS = 500;

/**
 * Rings the terminal of a watch for the rules that have `terminal` among their actions, once per incident, and writes the line.
 * What only all runs together tell is the server's to say.
 * @returns what looks at the run as it is now; undefined where nothing is to ring, or no terminal does
 */
export function openBell(
  { io, settings, terminal }: Context,
  state: AdwState,
): ((now: AdwSummary) => void) | undefined {
  const rules = (settings.alarms?.rules ?? []).filter(({ actions }) => actions?.includes('terminal') ?? true);
  if (rules.length === 0 || io.stderr.isTTY !== true) return undefined;
  const fleet = new Fleet();
  const rung = new Set<string>();
  let said: { readonly status: string; readonly eventId: string } | undefined;
  let sinceMs = 0;
  const ring = (rule: AlarmRule, key: string, message: string, evidence: readonly string[]): void => {
    const id = `${rule.name} ${key}`;
    if (rung.has(id)) return;
    rung.add(id);
    const about = { adw_id: state.adwId, when: rule.when, event_id: evidence[0] ?? null };
    terminal.log.report('alarm_raised', { rule: rule.name, message, ...about });
    io.stderr.write('\u0007');
  };
  return summary => {
    const nowMs = systemClock.now();
    if (said?.status !== summary.status) {
      said = { status: summary.status, eventId: `${summary.status} ${nowMs}` };
      sinceMs = nowMs;
    }
    if (nowMs - sinceMs < SETTLED_MS) return;
    const present = { nowMs, ...limitsOf(settings) };
    const seen = { summary, said, turnedMs: () => turnedMs(state, present), fleet, nowMs };
    for (const { rule, key, message, evidence, isOfAll } of incidentsOf(rules, seen))
      if (!isOfAll) ring(rule, key, message, evidence);
  };
}
