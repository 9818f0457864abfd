import type { PhaseSummary } from '../../../../src/adw/summary-shape.ts';
import { duration, spending } from '../../base/text.ts';
import { summary } from '../../data/replay.ts';
import { go, now, view } from '../../data/store.ts';
import { statusAppearance } from '../parts/bits.tsx';
import { Icon } from '../parts/icon.tsx';

const SOURCES = {
  workflow: 'as the workflow reported it',
  stage_event: 'as the workflow reported it',
  state_file: 'as adw_state.json says',
  roles: 'derived from the roles that ran',
} as const;

/** The phases in their order: state, time, cost, attempts. A click shows only that phase. */
export function Stepper() {
  const phases = summary.value?.phases ?? [];
  const shown = phases.filter(phase => !optional(phase) || phase.status !== 'pending');
  return (
    <nav class="stepper" aria-label="Phases">
      {shown.map((phase, i) => (
        <Step key={phase.name} phase={phase} first={i === 0} />
      ))}
    </nav>
  );
}

const optional = (phase: PhaseSummary): boolean => phase.name === 'other' || phase.name === 'ship';

function Step({ phase, first }: { phase: PhaseSummary; first: boolean }) {
  const { icon, word, tone } = statusAppearance(phase.status);
  const active = view.value.phase === phase.name;
  const running = phase.status === 'running' && phase.started_at !== null;
  const took = running && phase.duration_ms !== null ? now.value - Date.parse(phase.started_at!) : phase.duration_ms;
  const source = phase.source ? SOURCES[phase.source] : 'nothing is known of it yet';
  return (
    <>
      {!first && <span class="step-line" aria-hidden="true" />}
      <button
        type="button"
        class={`step ${phase.status}`}
        aria-pressed={active}
        title={`${phase.name}: ${word}, ${source}${phase.roles.length > 0 ? `\nroles: ${phase.roles.join(', ')}` : ''}`}
        onClick={() => go({ phase: active ? '' : phase.name, role: '', attempt: undefined })}
      >
        <span class={`status tone-${tone} ${running ? 'is-live' : ''}`}>
          <Icon name={icon} />
          <span class="sr">{word}</span>
        </span>
        <b>{phase.name}</b>
        {took !== null && took !== undefined && phase.status !== 'pending' && (
          <span class="soft">
            {phase.duration_estimated && '~'}
            {duration(took)}
          </span>
        )}
        {phase.roles.length > 0 && phase.cost_usd !== 0 && <span class="muted">{spending(phase)}</span>}
        {phase.attempts > 1 && <span class="chip warn">attempt {phase.attempts}</span>}
      </button>
    </>
  );
}
