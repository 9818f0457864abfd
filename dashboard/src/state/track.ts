import { computed, signal } from '@preact/signals';
import { type Axis, axis } from './replay.ts';

/** The part of the time axis that minimap, lanes and scrubber show: all of it, or what was zoomed to. */

const ZOOM_MAX = 400;

/** How many times as long the whole axis is. */
export const zoom = signal(1);
/** The middle of what is shown, as a share of the whole axis. */
const centre = signal(0.5);

/** The axis as far as it is shown: `start` and `end` are those of the track. */
export const track = computed<Axis>(() => {
  const on = axis.value;
  if (zoom.value === 1) return on;
  const length = (on.end - on.start) / zoom.value;
  const middle = on.start + centre.value * (on.end - on.start);
  const start = Math.min(Math.max(on.start, middle - length / 2), on.end - length);
  return { ...on, start, end: start + length };
});

/** Zooms. @param at what stays in its place, as a share of what is shown */
export function zoomBy(factor: number, at = 0.5): void {
  const before = track.peek();
  const { start, end } = axis.peek();
  const held = before.start + at * (before.end - before.start);
  const next = Math.min(ZOOM_MAX, Math.max(1, zoom.peek() * factor));
  const length = (end - start) / next;
  centre.value = (held - at * length + length / 2 - start) / (end - start);
  zoom.value = next;
}

/** Shows the whole axis again. */
export function showAll(): void {
  zoom.value = 1;
}
