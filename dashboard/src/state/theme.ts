import { computed, effect, signal } from '@preact/signals';
import { preferences } from './store.ts';

const darkest = matchMedia('(prefers-color-scheme: dark)');
const isSystemDark = signal(darkest.matches);

/** The theme that is shown: the reader's choice, else the system's. */
export const theme = computed<'light' | 'dark'>(() => {
  const { theme: chosen } = preferences.value;
  if (chosen !== 'auto') return chosen;
  return isSystemDark.value ? 'dark' : 'light';
});

/** Keeps the document in {@link theme}: style sheets go by it. */
export function keepTheme(): void {
  darkest.addEventListener('change', () => {
    isSystemDark.value = darkest.matches;
  });
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}
