import { systemClock } from '../../base/clock.ts';
import { AdwStreamError, ExitCode } from '../../base/errors.ts';
import { createSenders, type Tested, testActions } from '../../server/alarms/senders.ts';
import { alarmsOf } from '../alarms.ts';
import type { Context } from '../context.ts';

/** `adw-stream alarm test`: sends a test alarm by every action, from here, and tells what each answered. */
export async function run(context: Context): Promise<number> {
  const { argument, settings, terminal, stop } = context;
  if (argument !== 'test')
    throw new AdwStreamError('invalid_option', `alarm wants test, not ${JSON.stringify(argument)}.`);
  const alarms = alarmsOf(context);
  if (alarms === undefined) {
    throw new AdwStreamError('invalid_option', 'There are no alarms in the config file: see docs/alarms.md.');
  }
  const senders = createSenders(alarms.settings, { clock: systemClock, env: alarms.commandEnv, isShown: true });
  const { host, port, publicUrl = `http://${host}:${port}` } = settings;
  const tested = await testActions(alarms.settings, senders, {
    pagesUrl: publicUrl,
    clock: systemClock,
    signal: stop.signal,
  });
  alarms.ring();
  if (terminal.form === 'ndjson') for (const one of tested) terminal.printJson({ type: 'alarm_tested', data: one });
  else if (settings.json) terminal.print(JSON.stringify({ results: tested }, null, 2));
  else for (const one of tested) terminal.print(line(context, one));
  if (tested.length === 0) terminal.note('There is no webhook and no command: alarms ring here and in open pages.');
  const failed = tested.filter(({ how }) => how !== 'taken').map(({ action }) => action);
  if (failed.length === 0) return stop.signal.aborted ? stop.exitCode() : ExitCode.done;
  throw new AdwStreamError('alarm_not_taken', `The test alarm was not taken by ${failed.join(', ')}.`);
}

function line({ terminal: { paint } }: Context, { action, type, how, said, ms }: Tested): string {
  const mark = how === 'taken' ? paint('green', '✓') : paint('red', '✗');
  const then = how === 'later' ? ', an alarm would be sent again' : '';
  return `${mark} ${action} (${type}): ${said}${then} · ${ms} ms`;
}
