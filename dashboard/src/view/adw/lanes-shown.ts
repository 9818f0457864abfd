import { computed, signal } from '@preact/signals';
import { prefer, preferences } from '../../state/store.ts';

/** A window that is lower has no room for lanes and a timeline of half its height. */
const tall = matchMedia('(min-height: 900px)');
const isTall = signal(tall.matches);
tall.addEventListener('change', () => {
  isTall.value = tall.matches;
});
/** Whether the reader asked for lanes in a low window. */
const anyway = signal(false);

/** Whether lanes are shown: unless the reader closed them, where there is room or they asked for them. */
export const lanesShown = computed(() => preferences.value.lanes && (isTall.value || anyway.value));

/** Shows lanes, or folds them away. */
export function toggleLanes(): void {
  anyway.value = !lanesShown.peek();
  prefer({ lanes: anyway.peek() });
}
