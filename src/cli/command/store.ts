import { formatDuration } from '../../adw/format.ts';
import { systemClock } from '../../base/clock.ts';
import { AdwStreamError, ExitCode } from '../../base/errors.ts';
import type { Store } from '../../server/store/store.ts';
import type { Context } from '../context.ts';
import { formatCount, formatPlural } from '../output/format.ts';
import { showProgress } from '../output/progress.ts';
import { jetstreamAccess } from '../server.ts';
import type { CopyProgress } from '../store-copy.ts';

/** `adw-stream store copy --from … --to …`: brings a log into another store. */
export async function run(context: Context): Promise<number> {
  const { argument, settings, terminal } = context;
  if (argument !== 'copy') {
    throw new AdwStreamError('invalid_option', `store wants copy, not ${JSON.stringify(argument)}.`);
  }
  const { from, to } = settings;
  if (from === undefined || to === undefined || from === to) {
    throw new AdwStreamError('invalid_option', 'Give two stores: --from sqlite --to nats://127.0.0.1:4222, or back.');
  }
  const source = await open(context, from);
  try {
    const target = await open(context, to);
    try {
      const copied = await copy(context, source, target);
      if (terminal.form === 'ndjson') terminal.printJson({ type: 'copied', data: { ...copied, share: undefined } });
      else terminal.print(sentence(copied));
      return context.stop.signal.aborted ? ExitCode.interrupted : ExitCode.done;
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function open({ settings, terminal }: Context, store: string): Promise<Store> {
  const { openStore } = await import('../../server/store/open.ts');
  return openStore({ store, dataDir: settings.dataDir, jetstream: jetstreamAccess(settings), log: terminal.log });
}

async function copy({ io, terminal, stop }: Context, from: Store, to: Store): Promise<CopyProgress> {
  const { copyStore } = await import('../store-copy.ts');
  const line = await showProgress(io, terminal, 'Copying');
  const startedMs = systemClock.now();
  try {
    return await copyStore({
      from,
      to,
      signal: stop.signal,
      onProgress: progress => line.say(copyLine(progress, systemClock.now() - startedMs)),
    });
  } finally {
    line.stop();
  }
}

/** `45 %, 1,203 events, 3 artifacts, 2,100 events/s, 12s left`. `elapsedMs` is since the start. */
export function copyLine({ events, artifacts, share }: CopyProgress, elapsedMs: number): string {
  const parts = [`${Math.floor(share * 100)} %`, formatPlural(events, 'event'), formatPlural(artifacts, 'artifact')];
  if (share > 0 && share < 1 && elapsedMs > 500) {
    parts.push(`${formatPlural((events / elapsedMs) * 1_000, 'event')}/s`);
    parts.push(`${formatDuration((elapsedMs / share) * (1 - share))} left`);
  }
  return parts.join(', ');
}

function sentence({ events, added, artifacts }: CopyProgress): string {
  const copied = `${formatPlural(events, 'event')} copied, ${formatCount(added)} of them new`;
  return `${copied}, and ${formatPlural(artifacts, 'artifact')}`;
}
