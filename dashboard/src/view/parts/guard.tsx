import type { ComponentChildren } from 'preact';
import { useErrorBoundary } from 'preact/hooks';
import { messageOf } from '../../../../src/base/errors.ts';

/** Around what is drawn from an event's body: where that cannot be, it is said in its place, and the page stays. */
export function Guard({ children }: { children: ComponentChildren }) {
  const [error] = useErrorBoundary();
  if (error !== undefined) return <p class="tone-bad">This cannot be shown: {messageOf(error)}</p>;
  return children;
}
