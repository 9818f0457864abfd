import { formatBytes } from '../../adw/format.ts';
import { AdwStreamError, ExitCode } from '../../base/errors.ts';
import type { VerifiedFile } from '../../event/generations.ts';
import type { Verification } from '../../sidecar/replay/verify.ts';
import { checkArgument, chooseAdw } from '../argument.ts';
import type { Context } from '../context.ts';
import { safeLine } from '../output/escape.ts';
import { formatCount, formatPlural } from '../output/format.ts';
import type { Terminal } from '../output/terminal.ts';
import { findPlaces, placesInWords } from '../sidecar.ts';
import { diskSource, requireKnown } from '../source.ts';

/** `adw-stream verify <adw_id>`: compares disk and log, byte range by byte range. */
export async function run(context: Context): Promise<number> {
  const { settings, terminal, stop } = context;
  await checkArgument(context);
  const places = await findPlaces(context);
  const source = diskSource(context, places);
  const adwId = await chooseAdw(context, source);
  requireKnown(adwId, await source.choices(), `in ${placesInWords(places)}`);
  const { verifyAdw } = await import('../../sidecar/replay/verify.ts');
  const verification = await verifyAdw({
    adwId,
    agentsDir: places.agentsDir,
    otherDirs: places.otherDirs,
    idFormat: settings.idFormat,
    server: settings.server,
    ...(settings.token === undefined ? {} : { token: settings.token }),
    timeoutMs: settings.timeout,
    signal: stop.signal,
    log: terminal.log,
  });
  if (terminal.form === 'ndjson') terminal.printJson(verification);
  else if (settings.json) terminal.print(JSON.stringify(verification, null, 2));
  else terminal.print(verificationLines(verification, terminal).join('\n'));
  if (verification.isComplete) return ExitCode.done;
  const missing = verification.files.filter(({ difference }) => difference !== undefined).length;
  throw new AdwStreamError('verify_differs', `${adwId}: disk and log differ in ${formatPlural(missing, 'file')}.`);
}

/** A line for each file, and one for all. */
function verificationLines({ adwId, files, isComplete }: Verification, { paint }: Pick<Terminal, 'paint'>): string[] {
  const lines = files.flatMap(file => {
    const mark = file.difference === undefined ? paint('green', '✓') : paint('red', '✗');
    const attempt = file.attempt > 1 ? ` (attempt ${file.attempt})` : '';
    const figures = [formatPlural(file.lines, 'line'), formatBytes(file.bytes), ...remarksOf(file)].join(', ');
    return `${mark} ${safeLine(file.path)}${attempt}  ${paint('dim', figures)}`;
  });
  const total = files.reduce((sum, file) => sum + file.lines, 0);
  const verdict = isComplete ? paint('green', 'all in the log') : paint('red', 'not all in the log');
  return [...lines, `${adwId}: ${formatPlural(files.length, 'file')}, ${formatPlural(total, 'line')}, ${verdict}`];
}

function remarksOf(file: VerifiedFile): string[] {
  const remarks: string[] = [];
  if (!file.onDisk) remarks.push('no longer on disk');
  if (file.missingLines > 0) remarks.push(`${formatPlural(file.missingLines, 'line')} missing`);
  if (file.difference) remarks.push(`byte ${formatCount(file.difference.offset)}: ${safeLine(file.difference.what)}`);
  if (file.lostBytes > 0) remarks.push(`${formatBytes(file.lostBytes)} declared lost`);
  const redacted = Object.entries(file.redactions).map(([kind, count]) => `${count} ${safeLine(kind)} redacted`);
  return [...remarks, ...redacted];
}
