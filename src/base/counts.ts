/** Adds up counts by kind. */
export function sumCounts(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const count of counts) {
    for (const [kind, n] of Object.entries(count)) sum[kind] = (sum[kind] ?? 0) + n;
  }
  return sum;
}
