import { descriptorsMax } from '../../base/descriptors.ts';
import { CONNECTIONS_MAX, DESCRIPTORS_FEW, DESCRIPTORS_KEPT } from './limits.ts';

/**
 * How many connections may be open at once: {@link CONNECTIONS_MAX}, or fewer where the process may not have that many
 * descriptors. A server that has run out of them could not open its own log any more.
 */
export function connectionsMax(): number {
  return Math.max(1, Math.min(CONNECTIONS_MAX, descriptorsMax() - DESCRIPTORS_KEPT));
}

/** The limit of this process where it leaves room for few connections: then an operator should raise it. */
export function fewDescriptors(): number | undefined {
  const limit = descriptorsMax();
  return limit < DESCRIPTORS_FEW ? limit : undefined;
}
