import type { Context } from './context.ts';
import { safeLine } from './output/escape.ts';
import { formatPlural } from './output/format.ts';
import { type Places, placesInWords } from './sidecar.ts';

/** How many runs of an agents directory have ids that this format leaves out; 0 where it leaves out none. */
export async function countOtherRuns({ settings }: Context, { found }: Pick<Places, 'found'>): Promise<number> {
  if (settings.idFormat !== 'strict') return 0;
  const { findOtherRuns } = await import('../sidecar/discover/other-runs.ts');
  return found.reduce((sum, { directory }) => sum + findOtherRuns(directory).otherForm.length, 0);
}

/** Says that there are runs with ids of another form, and the one flag that shows them. Nothing where there are none. */
export async function warnOfOtherRuns(context: Context, places: Places): Promise<void> {
  const count = await countOtherRuns(context, places);
  if (count === 0) return;
  const [runs, them] = [formatPlural(count, 'run'), count === 1 ? 'it' : 'them'];
  context.terminal.note(
    `${runs} in ${safeLine(placesInWords(places))} ${count === 1 ? 'has an id' : 'have ids'} of another form: ` +
      `--id-format any shows ${them}, or "idFormat": "any" in adw-stream.config.json.`,
  );
}
