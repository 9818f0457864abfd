import { describe, expect, it } from 'vitest';
import { startOwnDropIn } from './drop-in.ts';
import { FRAMES, WORKFLOW_ID } from './flat-frames.ts';

/** A timestamp as those workflows write it: local, to the microsecond, without a zone. */
const timestamp = '2026-01-01T10:00:00.123456';

describe('a workflow that pushes flat frames over a WebSocket', () => {
  it('is greeted, and heard by a browser frame by frame, in order', async () => {
    const dropIn = await startOwnDropIn({ idFormat: 'any' });
    const [workflow, browser] = [await dropIn.board('/ws'), await dropIn.board()];
    expect(workflow.messages[0]?.type).toBe('connection_ack');
    const cases = Object.values(FRAMES).flat();
    for (const { frame } of cases) workflow.send({ ...frame, timestamp });
    const wanted = cases.flatMap(({ heard }) => heard);
    await browser.until(() => browser.events.length >= wanted.length);
    expect(browser.events.map(({ type }) => type)).toEqual(wanted.map(([type]) => type));
    for (const [index, [, data]] of wanted.entries()) {
      expect(browser.events[index]?.data).toMatchObject({
        adw_id: WORKFLOW_ID,
        timestamp: new Date(timestamp).toISOString(),
        ...data,
      });
    }
    expect(workflow.of('error')).toEqual([]);
  });

  it('stays connected when it says what is no JSON, or nothing that we know', async () => {
    const dropIn = await startOwnDropIn({ idFormat: 'any' });
    const workflow = await dropIn.board('/ws');
    for (const text of ['keep-alive', { type: 'adw_broadcast', broadcast_type: 'unheard-of', adw_id: WORKFLOW_ID }]) {
      workflow.send(text);
    }
    await workflow.until(() => workflow.of('error').length === 2);
    workflow.send({ ...FRAMES.adw_updated?.[0]?.frame, timestamp });
    await workflow.first('agent_updated');
  });

  it('is told that its id is none where only ids of 8 characters are taken', async () => {
    const dropIn = await startOwnDropIn();
    const workflow = await dropIn.board('/ws');
    workflow.send({ ...FRAMES.adw_updated?.[0]?.frame, timestamp });
    expect((await workflow.first('error')).data).toMatchObject({ error_code: 'invalid_adw_id' });
  });

  it('of which an agent is unknown is told so', async () => {
    const dropIn = await startOwnDropIn({ idFormat: 'any' });
    const workflow = await dropIn.board('/ws');
    workflow.send({ ...FRAMES.agent_updated?.[0]?.frame, timestamp });
    expect((await workflow.first('error')).data).toMatchObject({ error_code: 'invalid_adw_id' });
  });
});
