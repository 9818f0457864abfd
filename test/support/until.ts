/** The longest pause between two checks, ms. */
const PAUSE_MS_MAX = 100;

/**
 * Resolves with the first value of `check` that is neither undefined, false nor an empty text, as of a file that is not
 * written yet. Rejects when that takes longer than `withinMs`, saying what was waited for. It checks every `everyMs`, and
 * more rarely the longer it has waited: many a check asks a server or reads a whole log, and what is waited for needs the
 * processor too.
 */
export async function until<Value>(
  what: string,
  check: () => Value | undefined | false | Promise<Value | undefined | false>,
  { withinMs = 55_000, everyMs = 10 } = {},
): Promise<Value> {
  const begin = Date.now();
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== false && value !== '') return value;
    const waitedMs = Date.now() - begin;
    if (waitedMs > withinMs) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    const pauseMs = Math.max(everyMs, Math.min(waitedMs / 10, PAUSE_MS_MAX));
    await new Promise(resolve => setTimeout(resolve, pauseMs));
  }
}
