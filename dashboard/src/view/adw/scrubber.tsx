import { useComputed } from '@preact/signals';
import { playing, seek, step, summary, togglePlaying, until } from '../../state/replay.ts';
import { prefer, preferences, view } from '../../state/store.ts';
import { overview, rows, table } from '../../state/timeline.ts';
import { track } from '../../state/track.ts';
import { IconButton } from '../parts/bits.tsx';
import { said } from './minimap-row.tsx';

const SPEEDS = [0.5, 1, 2, 4, 8, 16, 32];
const IDLE_SECONDS = [0, 2, 5, 15, 60];
/** Positions of the slider: fine enough for a wide screen. */
const STEPS = 2000;
/** Marks on the track: those that would be nearer to each other than a wide screen shows are one. */
const MARKS_MAX = 500;

/** Replay: the position on the time axis, and what plays it. */
export function Scrubber() {
  const on = track.value;
  const { t } = view.value;
  const position = Math.min(Math.max(t ?? on.end, on.start), on.end);
  const share = (position - on.start) / (on.end - on.start);
  const marks = useComputed(() => errorShares());
  return (
    <section class="track-row scrubber" aria-label="Replay">
      <span class="track-tools">
        <IconButton icon="back" label="One event back (,)" onClick={() => step(-1, rows.peek().all)} />
        <IconButton
          icon={playing.value ? 'pause' : 'play'}
          label={playing.value ? 'Pause (p)' : 'Play (p)'}
          onClick={togglePlaying}
        />
        <IconButton icon="arrow" label="One event forward (.)" onClick={() => step(1, rows.peek().all)} />
        <Speed />
      </span>
      <div class="scrub-track">
        <input
          class="scrub"
          type="range"
          min={0}
          max={STEPS}
          step={1}
          value={Math.round(share * STEPS)}
          aria-label="Replay position"
          aria-valuetext={said()}
          onInput={event => seek(on.start + (Number(event.currentTarget.value) / STEPS) * (on.end - on.start))}
          onKeyDown={event => {
            if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
            event.preventDefault();
            event.stopPropagation();
            step(event.key === 'ArrowRight' ? 1 : -1, rows.peek().all, event.shiftKey);
          }}
        />
        {marks.value.map(mark => (
          <span
            key={`${mark.kind}${mark.share}`}
            class={`scrub-mark ${mark.kind} ${mark.isAhead ? 'ahead' : ''}`}
            style={{ left: `${mark.share * 100}%` }}
          />
        ))}
      </div>
      <span class="track-tools">
        <SkipIdle />
        <button type="button" class="button" disabled={t === undefined} onClick={() => seek(undefined)}>
          → live
        </button>
      </span>
    </section>
  );
}

function Speed() {
  return (
    <select
      class="select"
      aria-label="Replay speed"
      value={String(preferences.value.speed)}
      onChange={event => prefer({ speed: Number(event.currentTarget.value) })}
    >
      {SPEEDS.map(speed => (
        <option key={speed} value={String(speed)}>
          {speed}×
        </option>
      ))}
    </select>
  );
}

function SkipIdle() {
  return (
    <select
      class="select not-narrow"
      aria-label="Skip idle time"
      value={String(preferences.value.skipIdleSeconds)}
      onChange={event => prefer({ skipIdleSeconds: Number(event.currentTarget.value) })}
    >
      {IDLE_SECONDS.map(seconds => (
        <option key={seconds} value={String(seconds)}>
          {seconds === 0 ? 'keep idle time' : `skip idle > ${seconds} s`}
        </option>
      ))}
    </select>
  );
}

interface Mark {
  /** Where on the track, 0 … 1. */
  readonly share: number;
  readonly kind: 'error' | 'phase';
  /** Whether the replay has not come there yet: drawn pale, as what lies ahead is in the strip above. */
  readonly isAhead: boolean;
}

/** Where on the track errors and phases are. */
function errorShares(): Mark[] {
  void overview.value;
  const on = track.value;
  const length = on.end - on.start;
  const marks: Mark[] = [];
  const placeOf = (at: number) => Math.round((MARKS_MAX * (on.at(at) - on.start)) / length);
  const current = table.peek();
  const known = new Set(current.failuresUntil(until.value).map(placeOf));
  const errors = new Set(current.failures.map(placeOf));
  for (const place of errors) {
    const share = place / MARKS_MAX;
    if (share >= 0 && share <= 1) marks.push({ share, kind: 'error', isAhead: !known.has(place) });
  }
  if (on.kind === 'time') {
    for (const phase of summary.value?.phases ?? []) {
      const share = phase.started_at ? (Date.parse(phase.started_at) - on.start) / length : -1;
      if (share > 0 && share < 1) marks.push({ share, kind: 'phase', isAhead: false });
    }
  }
  return marks;
}
