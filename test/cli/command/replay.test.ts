import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { GIVEN_UP_MS, type Reply, startScriptedServer } from '../../sidecar/deliver/scripted-server.ts';
import { temporaryDirectory, testIo } from '../helpers.ts';

const ID = 'abcd1234';

/** Replays one line to a server that answers events with `reply`. */
async function replayedTo(health: unknown, reply: (body: string) => Reply, ...args: string[]) {
  const root = await temporaryDirectory();
  const role = join(root, 'agents', ID, 'planner');
  await mkdir(role, { recursive: true });
  await writeFile(join(role, 'raw_output.jsonl'), '{"type":"system","subtype":"init","session_id":"s"}\n');
  const { url } = await startScriptedServer(request => {
    if (request.path === '/health') return { status: 200, body: health };
    if (request.method === 'GET') return { status: 200, body: { epoch: 'e', files: [] } };
    return reply(request.body);
  });
  const io = await testIo({ cwd: root });
  const code = await main(['replay', ID, '--server', url, '--state-dir', join(root, 'state'), ...args], io);
  return { code, err: io.err(), out: io.out() };
}

const OURS = { adw_stream: { api: 'v1', epoch: 'e' } };
const taken = (body: string, rejected: readonly unknown[] = []) => ({
  status: 200,
  body: {
    accepted: body.trim().split('\n').length - rejected.length,
    duplicates: 0,
    rejected,
    last_seq: 1,
    positions: [],
  },
});

describe('the exit code of a replay', () => {
  it('is 0 when the server has everything', async () => {
    expect(await replayedTo(OURS, body => taken(body))).toMatchObject({ code: 0 });
  });

  it('is 5 when the server refused an event', async () => {
    const { code, out } = await replayedTo(OURS, body => taken(body, [{ index: 0, error: 'no such thing' }]));
    expect(code).toBe(5);
    expect(out).toContain('not all in the log');
  });

  it('is 5 when the server has no place for it, and says so instead of what is in the log', async () => {
    const missing = () => ({ status: 404, body: { detail: 'Not Found' } });
    const replays = [{ status: 'ok' }, { status: 'healthy' }].map(health =>
      replayedTo(health, missing, '--timeout', `${GIVEN_UP_MS}ms`),
    );
    for (const { code, out, err } of await Promise.all(replays)) {
      expect([code, out]).toEqual([5, '']);
      expect(err).toMatch(/is no server for ADWs|has none of the routes/);
      expect(err).toContain('Check the address and the path of --server');
    }
  });
});
