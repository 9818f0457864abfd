import type { JudgementLimits } from '../adw/silence.ts';
import type { Settings } from './options.ts';

/** What runs are judged with, as the settings say. ms */
export function limitsOf({ stallTimeout, settle }: Settings): JudgementLimits {
  return { stallTimeoutMs: stallTimeout, settleMs: settle };
}
