import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Shown, startShown } from './shown.ts';

const big = (n: number) => ['text_block', { content: `${n} ${'x'.repeat(100_000)}` }] as const;

/** Appends until the store refuses, and answers the refusal. */
async function fill(shown: Shown): Promise<unknown> {
  for (let n = 0; n < 1_000; n++) {
    try {
      await shown.append(big(n));
    } catch (error) {
      return error;
    }
  }
  return undefined;
}

describe('a full disk', () => {
  it('refuses writes, says so in the health check, and goes on serving reads', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'adw-full-'));
    const shown = await startShown({ dataDir, databaseBytesMax: 4 * 1024 * 1024 });
    try {
      expect(await fill(shown)).toMatchObject({ code: 'storage_full' });
      const health = await shown.json('/health');
      expect(health.status).toBe(200);
      expect(health.body.status).toBe('degraded');
      expect(health.body.error).toEqual(expect.any(String));
      expect(health.body.error).not.toContain(dataDir);
      const page = await shown.json('/api/v1/adws/1a2b3c4d/events?limit=2');
      expect(page.status).toBe(200);
      expect(page.body.events).toHaveLength(2);
      expect((await shown.json('/api/v1/adws/1a2b3c4d')).status).toBe(200);
      const metrics = await (await fetch(`${shown.url}/metrics`)).text();
      expect(metrics).toMatch(/^adw_stream_store_degraded 1$/m);
      // What the server itself appends meanwhile is refused too.
      expect(metrics).toMatch(/^adw_stream_batches_refused_total\{reason="store"\} [1-9]/m);
    } finally {
      await shown.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
