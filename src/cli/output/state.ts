import type { AdwStatus } from '../../adw/summary-shape.ts';

/** What `status` and `watch --exit-status` exit with: 0 as long as nothing is wrong. */
export function stateExitCode(status: AdwStatus): number {
  switch (status) {
    case 'failed':
      return 1;
    case 'stalled':
    case 'ended_without_result':
      return 3;
    case 'pending':
    case 'running':
    case 'waiting':
    case 'between_roles':
    case 'completed':
      return 0;
  }
}
