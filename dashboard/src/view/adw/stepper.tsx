import { useEffect, useRef } from 'preact/hooks';
import { idleMs } from '../../../../src/adw/own-phases.ts';
import { shownPhases } from '../../../../src/adw/shown-phases.ts';
import type { PhaseSummary } from '../../../../src/adw/summary-shape.ts';
import { duration, spending } from '../../base/text.ts';
import { moment, summary } from '../../state/replay.ts';
import { go, view } from '../../state/store.ts';
import { statusAppearance } from '../parts/bits.tsx';
import { Icon } from '../parts/icon.tsx';
import { gatesText, newestGates, PhaseDetails, workOf } from './phase-details.tsx';

const SOURCES = {
  workflow: 'as the workflow reported it',
  stage_event: 'as the workflow reported it',
  state_file: 'as adw_state.json says',
  roles: 'derived from the roles that ran',
} as const;

/** The phases in their order: state, what does the work, time, cost, attempts, gates. A click shows only that phase. */
export function Stepper() {
  const shown = shownPhases(summary.value?.phases ?? []);
  const strip = useRef<HTMLElement>(null);
  const looked = view.value.phase || (shown.findLast(({ status }) => status === 'running')?.name ?? '');
  // A strip that is wider than the page shows the phase that is looked at, else the one that runs.
  useEffect(() => {
    const step = strip.current?.querySelector('[aria-pressed="true"]') ?? strip.current?.querySelector('.step.running');
    const { left = 0, width = 0 } = strip.current?.getBoundingClientRect() ?? {};
    const box = step?.getBoundingClientRect();
    if (box && (box.left < left || box.right > left + width)) strip.current?.scrollBy({ left: box.left - left - 14 });
  }, [looked]);
  return (
    <>
      <nav class="stepper" aria-label="Phases" ref={strip}>
        {shown.map((phase, i) => (
          <Step key={phase.name} phase={phase} first={i === 0} />
        ))}
      </nav>
      <PhaseDetails />
    </>
  );
}

function Step({ phase, first }: { phase: PhaseSummary; first: boolean }) {
  const gates = newestGates(phase.gates);
  const { icon, word, tone } = statusAppearance(phase.status);
  const active = view.value.phase === phase.name;
  const running = phase.status === 'running' && phase.started_at !== null;
  const took =
    running && phase.duration_ms !== null
      ? moment.value - Date.parse(phase.started_at!) - idleMs(phase.tries)
      : phase.duration_ms;
  return (
    <>
      {!first && <span class="step-line" aria-hidden="true" />}
      <button
        type="button"
        class={`step ${phase.status}`}
        aria-pressed={active}
        title={titleOf(phase, word)}
        onClick={() => go({ phase: active ? '' : phase.name, role: '', attempt: undefined })}
      >
        <span class={`status tone-${tone} ${running ? 'is-live' : ''}`}>
          <Icon name={icon} />
          <span class="sr">{word}</span>
        </span>
        {phase.kind !== null && (
          <span class="step-kind muted">
            <Icon name={phase.kind === 'code' ? 'code' : 'bot'} />
            <span class="sr">{phase.kind}</span>
          </span>
        )}
        <b>{phase.name}</b>
        {took !== null && took !== undefined && phase.status !== 'pending' && (
          <span class="soft">
            {phase.duration_estimated && '~'}
            {duration(took)}
          </span>
        )}
        {phase.roles.length > 0 && phase.cost_usd !== 0 && <span class="muted">{spending(phase)}</span>}
        {phase.attempts > 1 && <span class="chip warn">attempt {phase.attempts}</span>}
        {gates.length > 0 && (
          <span class={`chip ${gates.some(({ passed }) => !passed) ? 'bad' : ''}`}>{gatesText(gates)}</span>
        )}
      </button>
    </>
  );
}

function titleOf(phase: PhaseSummary, word: string): string {
  const source = phase.source ? SOURCES[phase.source] : 'nothing is known of it yet';
  return [
    `${phase.name}: ${word}, ${source}`,
    ...(phase.kind === null ? [] : [workOf(phase)]),
    ...(phase.error === null ? [] : [phase.error]),
    ...(phase.roles.length === 0 ? [] : [`roles: ${phase.roles.join(', ')}`]),
  ].join('\n');
}
