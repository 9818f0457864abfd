import { signal } from '@preact/signals';
import { source } from '../api.ts';

/** Whether an exported page holds what it says: `unknown` where the browser works no hash out. */
export const recordCheck = signal<'checking' | 'same' | 'changed' | 'unknown'>('checking');

let compared: Promise<void> | undefined;

/** Compares the hash that an exported page says with the one that it has, once. */
export function checkRecord(): void {
  compared ??= compare();
}

async function compare(): Promise<void> {
  const { exported } = source();
  const computed = await exported?.computedSha256().catch(() => undefined);
  recordCheck.value = computed === undefined ? 'unknown' : computed === exported?.sha256 ? 'same' : 'changed';
}
