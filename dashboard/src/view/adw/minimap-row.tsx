import { clock, clockSpan, whole } from '../../base/text.ts';
import { axis, cutoff } from '../../state/replay.ts';
import { view } from '../../state/store.ts';
import { countTicks, timeTicks } from '../../state/ticks.ts';
import { table } from '../../state/timeline.ts';
import { showAll, track, zoom, zoomBy } from '../../state/track.ts';
import { IconButton } from '../parts/bits.tsx';
import { lanesShown, toggleLanes } from './lanes-shown.ts';
import { Minimap } from './minimap.tsx';

/** The head of the time axis, which minimap, lanes and scrubber share: where it stands, the whole run in one strip, its ticks. */
export function MinimapRow() {
  return (
    <section class="track-row minimap-row" aria-label="Time axis">
      <span class="scrub-said soft">{said()}</span>
      <div class="minimap-track">
        <Minimap />
        <Ticks />
      </div>
      <span class="track-tools">
        <IconButton icon="zoomIn" label="Zoom in" onClick={() => zoomBy(2)} />
        <IconButton icon="zoomOut" label="Zoom out" disabled={zoom.value === 1} onClick={() => zoomBy(0.5)} />
        {zoom.value !== 1 && <IconButton icon="expand" label="Show the whole run" onClick={showAll} />}
        <button type="button" class="button only-wide" aria-pressed={lanesShown.value} onClick={toggleLanes}>
          lanes
        </button>
      </span>
    </section>
  );
}

/** The position in words. */
export function said(): string {
  const on = axis.value;
  const position = view.value.t ?? on.end;
  if (on.kind === 'time')
    return `${clock(position)} · ${clockSpan(position - on.start)} of ${clockSpan(on.end - on.start)}`;
  const { length } = table.value;
  return `event ${whole((cutoff.value ?? length - 1) + 1)} of ${whole(length)}`;
}

/** Ticks at most: their labels have room on the narrowest track beside two panes. */
const TICKS_MAX = 8;
const EVENT_MS = 1000;

function Ticks() {
  const { kind, start, end } = track.value;
  const ticks = kind === 'time' ? timeTicks(start, end, TICKS_MAX) : countTicks(start, end, TICKS_MAX, EVENT_MS);
  return (
    <div class="ticks" aria-hidden="true">
      {ticks.map(({ position, label }) => (
        <span key={position} style={{ left: `${(100 * (position - start)) / (end - start)}%` }}>
          {label}
        </span>
      ))}
    </div>
  );
}
