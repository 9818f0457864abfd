import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replayRejected } from '../../src/sidecar/rejected.ts';
import { ID, makeBed, readLog, serverForTest } from './bed.ts';
import { startScriptedServer } from './deliver/scripted-server.ts';

const letter = (reason: string, type: string, data: object) =>
  `${JSON.stringify({ time: '2026-01-01T00:00:00.000Z', reason, event: { type, data: { adw_id: ID, event_id: reason, ...data } } })}\n`;

function bedWithLetters(server: string, ...letters: readonly string[]) {
  const bed = makeBed(server);
  mkdirSync(bed.stateDir, { recursive: true });
  const path = join(bed.stateDir, `${ID}.rejected.ndjson`);
  appendFileSync(path, letters.join(''));
  const { adwId, stateDir, timeoutMs, signal, log } = bed.options();
  return { path, options: { adwId, server, stateDir, timeoutMs, signal, log } };
}

const LOG = { message: 'm', level: 'INFO' };

describe('dead letters', () => {
  it('are sent again, by reason; those that are taken leave the file, the others stay', async () => {
    const server = await serverForTest();
    const source = { path: 'p', fingerprint: 'f', offset: 500, length: 10 };
    const { path, options } = bedWithLetters(
      server.url,
      letter('413: too large', 'agent_log', LOG),
      letter('413: too large, twice', 'agent_output_chunk', { agent_role: 'r', content: 'raw', source }),
      letter('400: another', 'agent_log', LOG),
    );
    expect(await replayRejected({ ...options, reason: '413' })).toEqual({ sent: 2, delivered: 2, kept: 1 });
    expect(readFileSync(path, 'utf8')).toBe(letter('400: another', 'agent_log', LOG));
    expect(await replayRejected(options)).toEqual({ sent: 1, delivered: 1, kept: 0 });
    expect(readdirSync(options.stateDir)).toEqual([]);
    const types = (await readLog(server.url)).map(({ type }) => type).filter(type => type !== 'adw_status');
    expect(types).toEqual(['agent_log', 'agent_output_chunk', 'agent_log']);
  });

  it('that cannot be read stay, and so do those that a watch adds meanwhile and those of a replay that was killed', async () => {
    const added = letter('added', 'agent_log', LOG);
    const { url } = await startScriptedServer(({ path: route }) => {
      if (route === '/health') return { status: 200, body: { adw_stream: { api: 'v1', epoch: 'e' } } };
      appendFileSync(path, added);
      return { status: 422, body: { error: 'still too odd' } };
    });
    const { path, options } = bedWithLetters(url, letter('odd', 'agent_log', LOG), 'of a newer version\n');
    const killed = letter('of a killed replay', 'agent_log', LOG);
    appendFileSync(`${path}.sending`, killed);
    expect(await replayRejected({ ...options, reason: 'odd' })).toEqual({ sent: 1, delivered: 0, kept: 2 });
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    const again = letter('odd', 'agent_log', LOG).replace('"reason":"odd"', '"reason":"422: still too odd"');
    expect(lines.sort()).toEqual([added, again, killed, 'of a newer version\n'].map(line => line.trim()).sort());
  });

  it('all stay where no server is', async () => {
    const { path, options } = bedWithLetters('http://127.0.0.1:9', letter('odd', 'agent_log', LOG));
    await expect(replayRejected({ ...options, timeoutMs: 10 })).rejects.toMatchObject({ code: 'server_unreachable' });
    expect(readFileSync(path, 'utf8')).toBe(letter('odd', 'agent_log', LOG));
    expect(readdirSync(options.stateDir)).toEqual([`${ID}.rejected.ndjson`]);
  });
});
