import { prefer, preferences, say } from '../../state/store.ts';
import { IconButton } from './bits.tsx';

const NEXT = { auto: 'light', light: 'dark', dark: 'auto' } as const;
const WORDS = { auto: "the system's theme", light: 'light theme', dark: 'dark theme' } as const;

/** Auto → light → dark → auto; remembered in this browser. */
export function ThemeButton({ class: className = 'not-narrow' }: { class?: string }) {
  const { theme } = preferences.value;
  return (
    <IconButton
      icon="contrast"
      label={`Theme: ${theme}`}
      class={className}
      onClick={() => {
        prefer({ theme: NEXT[theme] });
        say(`Now ${WORDS[NEXT[theme]]}`);
      }}
    />
  );
}
