import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replayRejected } from '../../src/sidecar/rejected.ts';
import { ID, makeBed, readLog, serverForTest } from './bed.ts';

const letter = (reason: string, type: string, data: object) =>
  `${JSON.stringify({ time: '2026-01-01T00:00:00.000Z', reason, event: { type, data: { adw_id: ID, event_id: reason, ...data } } })}\n`;

describe('dead letters', () => {
  it('are sent again, by reason; those that are taken leave the file, the others stay', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    mkdirSync(bed.stateDir, { recursive: true });
    const path = join(bed.stateDir, `${ID}.rejected.ndjson`);
    const source = { path: 'p', fingerprint: 'f', offset: 500, length: 10 };
    appendFileSync(path, letter('413: too large', 'agent_log', { message: 'large', level: 'INFO' }));
    appendFileSync(
      path,
      letter('413: too large, twice', 'agent_output_chunk', { agent_role: 'r', content: 'raw', source }),
    );
    appendFileSync(path, letter('400: another', 'agent_log', { message: 'other', level: 'INFO' }));
    appendFileSync(path, 'not a letter\n');
    const { adwId, stateDir, timeoutMs, signal, log } = bed.options();
    const options = { adwId, server: server.url, stateDir, timeoutMs, signal, log };
    expect(await replayRejected({ ...options, reason: '413' })).toEqual({ sent: 2, delivered: 2, kept: 1 });
    expect(readFileSync(path, 'utf8')).toContain('400: another');
    expect(await replayRejected(options)).toEqual({ sent: 1, delivered: 1, kept: 0 });
    expect(existsSync(path)).toBe(false);
    const types = (await readLog(server.url)).map(({ type }) => type).filter(type => type !== 'adw_status');
    expect(types).toEqual(['agent_log', 'agent_output_chunk', 'agent_log']);
  });
});
