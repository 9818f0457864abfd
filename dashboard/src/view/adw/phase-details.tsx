import { isOwn } from '../../../../src/adw/shown-phases.ts';
import type { GateSummary, PhaseSummary, PhaseTrySummary } from '../../../../src/adw/summary-shape.ts';
import { duration, plural } from '../../base/text.ts';
import { moment, summary } from '../../state/replay.ts';
import { go, view } from '../../state/store.ts';
import { Chip, IconButton, Status } from '../parts/bits.tsx';
import { Icon } from '../parts/icon.tsx';

/** What is known of the phase that was picked, where the run names its phases itself: attempts, errors, and what gates checked. */
export function PhaseDetails() {
  const phase = summary.value?.phases.find(({ name }) => name === view.value.phase);
  if (phase === undefined || !isOwn(phase)) return null;
  const tries = phase.tries.filter(({ state }) => state !== 'pending');
  return (
    <section class="phase-details" aria-label={`Phase ${phase.name}`}>
      <div class="phase-head">
        <b>{phase.name}</b>
        <Status status={phase.status} />
        <span class="soft">{workOf(phase)}</span>
        <IconButton icon="cross" label="Show all phases" onClick={() => go({ phase: '' })} />
      </div>
      {tries.length > 0 && (
        <ul>
          {tries.map(attempt => (
            <Try key={attempt.attempt} attempt={attempt} />
          ))}
        </ul>
      )}
      {phase.gates.length > 0 && (
        <ul aria-label={`Gates of ${phase.name}`}>
          {phase.gates.map(gate => (
            <Gate key={`${gate.gate} ${gate.attempt}`} gate={gate} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** What does the work of a phase, in words. */
export function workOf({ kind, owner }: PhaseSummary): string {
  return kind === 'code' ? 'done by code' : owner === null ? 'done by an agent' : `done by the agent ${owner}`;
}

/** What each gate said last: another attempt may have passed one that had failed. */
export function newestGates(gates: readonly GateSummary[]): readonly GateSummary[] {
  return [...new Map(gates.map(one => [one.gate, one])).values()];
}

/** How many gates passed, in words. */
export function gatesText(gates: readonly GateSummary[]): string {
  const failed = gates.filter(({ passed }) => !passed).length;
  return failed === 0
    ? `${plural(gates.length, 'gate')} passed`
    : `${failed} of ${plural(gates.length, 'gate')} failed`;
}

function Try({ attempt: { attempt, state, started_at: from, ended_at: to, error } }: { attempt: PhaseTrySummary }) {
  const untilMs = to === null ? (state === 'running' ? moment.value : Number.NaN) : Date.parse(to);
  const took = from === null ? Number.NaN : untilMs - Date.parse(from);
  return (
    <li class="phase-try">
      <span class="soft">attempt {attempt}</span> <Status status={state} />
      {took >= 0 && <span class="muted">{duration(took)}</span>}
      {error !== null && <span class="tone-bad">{error}</span>}
    </li>
  );
}

function Gate({ gate: { gate, passed, attempt, checks } }: { gate: GateSummary }) {
  return (
    <li class="phase-gate">
      <span class={passed ? 'tone-good' : 'tone-bad'}>
        <Icon name={passed ? 'check' : 'cross'} />
      </span>
      <span>
        gate <b>{gate}</b> {passed ? 'passed' : 'failed'}
      </span>
      {attempt !== null && attempt > 1 && <Chip>attempt {attempt}</Chip>}
      {checks.length > 0 && (
        <ul class="phase-checks">
          {checks.map((check, i) => (
            <li key={i}>{check}</li>
          ))}
        </ul>
      )}
    </li>
  );
}
