import { signal } from '@preact/signals';
import { source } from '../api.ts';

/** Whether an exported page holds what it says: `unknown` where the browser works no hash out. */
export const recordCheck = signal<'checking' | 'same' | 'changed' | 'unknown'>('checking');

let started = false;

/** Compares the hash that an exported page says with the one that it has, once. */
export function checkRecord(): void {
  const { exported } = source();
  if (started || !exported) return;
  started = true;
  exported.computedSha256().then(
    computed => {
      recordCheck.value = computed === undefined ? 'unknown' : computed === exported.sha256 ? 'same' : 'changed';
    },
    () => {
      recordCheck.value = 'unknown';
    },
  );
}
