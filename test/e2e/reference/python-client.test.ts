import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { startOwnDropIn } from './drop-in.ts';
import { CALLS } from './python-client.ts';

const PLAYER = fileURLToPath(new URL('../../programs/python_player.py', import.meta.url));
const ADW = '1a2b3c4d';
describe('the reference’s Python client, with its timeout of 2 s and its rule that only 200 counts', () => {
  it('succeeds with every call, and a browser hears what each has to say', async () => {
    const dropIn = await startOwnDropIn();
    const browser = await dropIn.board();
    const play = async () => {
      const { stdout } = await promisify(execFile)('python3', [PLAYER, `${dropIn.server.url}/`, ADW]);
      const lines = stdout.trim().split('\n');
      return lines.map(line => JSON.parse(line) as { method: string; ok: boolean; in_time: boolean });
    };
    const played = await play();
    expect(played.map(({ method, ok }) => [method, ok])).toEqual(Object.keys(CALLS).map(method => [method, true]));
    const wanted = Object.values(CALLS).flat();
    await browser.until(() => browser.events.length >= wanted.length);
    expect(browser.events.map(({ type }) => type)).toEqual(wanted.map(([type]) => type));
    for (const [index, [, data]] of wanted.entries()) {
      const heard = browser.events[index]?.data;
      expect(heard).toMatchObject({ adw_id: ADW, ...data });
      expect(heard?.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    }
    expect((await dropIn.get(`/api/adws/${ADW}`)).body.current_stage).toBe('review');
    // A call that the server keeps waiting comes too late each time; one that a busy machine does, does not.
    const inTime = new Set<string>();
    const note = (calls: typeof played) => {
      for (const call of calls) if (call.in_time) inTime.add(call.method);
      return inTime.size === played.length;
    };
    if (!note(played)) await until('each call was answered in time', async () => note(await play()));
  });

  it('is told of a failure by anything but 200', async () => {
    const dropIn = await startOwnDropIn();
    const played = promisify(execFile)('python3', [PLAYER, dropIn.server.url, 'not an id']);
    await expect(played).rejects.toMatchObject({ code: 1 });
  });
});
