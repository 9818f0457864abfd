import { autocomplete, isCancel } from '@clack/prompts';
import { formatDuration } from '../adw/format.ts';
import { systemClock } from '../base/clock.ts';
import { AdwStreamError } from '../base/errors.ts';
import type { Io } from './io.ts';
import { safeLine } from './output/escape.ts';

/** An ADW that can be picked. */
export interface AdwChoice {
  readonly adwId: string;
  /** When it last changed, ms since the Unix epoch; null where that is not known. */
  readonly changedMs: number | null;
  /** What it is about, if that is known. */
  readonly hint?: string;
}

/**
 * Lets a person pick an ADW; typing narrows the list, the one that changed last comes first.
 * @throws AdwStreamError interrupted when they leave without picking
 */
export async function pickAdw(io: Io, choices: readonly AdwChoice[], signal: AbortSignal): Promise<string> {
  const nowMs = systemClock.now();
  const newestFirst = choices.toSorted((a, b) => (b.changedMs ?? 0) - (a.changedMs ?? 0));
  const picked = await autocomplete({
    message: 'Which ADW?',
    options: newestFirst.map(({ adwId, changedMs, hint }) => ({
      value: adwId,
      label: [adwId, hint && safeLine(hint)].filter(Boolean).join('  '),
      ...(changedMs === null ? {} : { hint: `${formatDuration(nowMs - changedMs)} ago` }),
    })),
    maxItems: Math.max(5, Math.min(12, (io.stdout.rows ?? 24) - 8)),
    input: io.stdin,
    output: io.stdout,
    signal,
  });
  if (isCancel(picked)) throw new AdwStreamError('interrupted', 'Nothing was picked.');
  return picked;
}
