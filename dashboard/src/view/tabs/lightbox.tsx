import { useSignal } from '@preact/signals';
import type { ShownFileSummary } from '../../../../src/adw/summary-shape.ts';
import { toolImages } from '../../run/tool-images.ts';
import { table } from '../../state/timeline.ts';
import { IconButton } from '../parts/bits.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Picture } from '../parts/picture.tsx';
import { jumpTo, jumpWhere } from '../timeline/moves.ts';

/** One screenshot with what is known of its bytes. */
export interface Shot extends ShownFileSummary {
  readonly src: string;
  readonly alt: string;
  readonly bytes: number | undefined;
}

const ZOOMS = [1, 1.5, 2, 3, 4];

/** One screenshot large: ← and → go through all, + and − zoom, Esc closes. */
export function Lightbox({ shots, start, onClose }: { shots: readonly Shot[]; start: number; onClose: () => void }) {
  const at = useSignal(start);
  const zoom = useSignal(0);
  const shot = shots[at.value];
  if (!shot) return null;
  const go = (step: number) => {
    at.value = (at.value + step + shots.length) % shots.length;
    zoom.value = 0;
  };
  const zoomBy = (step: number) => {
    zoom.value = Math.min(ZOOMS.length - 1, Math.max(0, zoom.value + step));
  };
  return (
    <Dialog label={shot.alt} class="lightbox" bare onClose={onClose}>
      <div
        class="lightbox-frame"
        onKeyDown={event => {
          const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
          if (step) go(step);
          else if (event.key === '+' || event.key === '=') zoomBy(1);
          else if (event.key === '-') zoomBy(-1);
          else return;
          event.preventDefault();
        }}
      >
        <div class="lightbox-bar">
          <span class="mono ellipsis">{shot.path}</span>
          <span class="muted">
            {at.value + 1}/{shots.length}
          </span>
          <span class="grow" />
          <IconButton icon="zoomOut" label="Zoom out (−)" onClick={() => zoomBy(-1)} />
          <IconButton icon="zoomIn" label="Zoom in (+)" onClick={() => zoomBy(1)} />
          <button
            type="button"
            class="button"
            onClick={() => {
              onClose();
              jumpToShot(shot.path);
            }}
          >
            jump to event
          </button>
          <IconButton icon="back" label="Previous (←)" onClick={() => go(-1)} />
          <IconButton icon="arrow" label="Next (→)" onClick={() => go(1)} />
          <IconButton icon="cross" label="Close (Esc)" onClick={onClose} />
        </div>
        <div class="lightbox-image">
          <Picture
            src={shot.src}
            alt={shot.alt}
            style={{
              width: zoom.value === 0 ? '' : `${ZOOMS[zoom.value]! * 100}%`,
              maxWidth: zoom.value === 0 ? '' : 'none',
              maxHeight: zoom.value === 0 ? '' : 'none',
            }}
          />
        </div>
      </div>
    </Dialog>
  );
}

function jumpToShot(path: string): void {
  const answered = toolImages(table.peek(), table.peek().length).find(image => image.path === path);
  if (answered) jumpTo(answered.at);
  else
    jumpWhere('the event of the screenshot', at => {
      const row = table.peek().rowData[at];
      return row?.type === 'screenshot_available' && row.path === path;
    });
}

/** Two screenshots on top of each other; the slider moves the edge between them. */
export function Compare({ before, after, onClose }: { before: Shot; after: Shot; onClose: () => void }) {
  const share = useSignal(50);
  return (
    <Dialog label="Compare" class="lightbox" onClose={onClose}>
      <div class="compare">
        <Picture src={before.src} alt={before.alt} />
        <Picture
          src={after.src}
          alt={after.alt}
          class="compare-top"
          style={{ clipPath: `inset(0 0 0 ${share.value}%)` }}
        />
        <span class="compare-edge" style={{ left: `${share.value}%` }} />
      </div>
      <label class="compare-slider">
        <span class="ellipsis">{before.alt}</span>
        <input
          type="range"
          min={0}
          max={100}
          value={share.value}
          aria-label="Edge between the two"
          onInput={event => (share.value = Number(event.currentTarget.value))}
        />
        <span class="ellipsis">{after.alt}</span>
      </label>
    </Dialog>
  );
}
