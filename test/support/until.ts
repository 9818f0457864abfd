/**
 * Resolves with the first value of `look` that is neither undefined nor false. Rejects when that takes longer than
 * `withinMs`, saying what was waited for.
 */
export async function until<Value>(
  what: string,
  look: () => Value | undefined | false | Promise<Value | undefined | false>,
  { withinMs = 55_000, everyMs = 10 } = {},
): Promise<Value> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    await new Promise(resolve => setTimeout(resolve, everyMs));
  }
}
