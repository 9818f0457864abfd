import { describe, expect, it } from 'vitest';
import { startOwnDropIn } from './drop-in.ts';
import { FRAME_RULES, FRAMES, LOCAL_TIMESTAMP, WORKFLOW_ID } from './flat-frames.ts';

describe('a workflow that pushes flat frames over a WebSocket', () => {
  it.each(Object.entries(FRAME_RULES))('%s', (_, rule) => rule());

  it('is heard by a browser frame by frame, in order', async () => {
    const dropIn = await startOwnDropIn({ idFormat: 'any' });
    const [workflow, browser] = [await dropIn.board('/ws'), await dropIn.board()];
    const cases = Object.values(FRAMES).flat();
    for (const { frame } of cases) workflow.send({ ...frame, timestamp: LOCAL_TIMESTAMP });
    const wanted = cases.flatMap(({ heard }) => heard);
    await browser.until(() => browser.events.length >= wanted.length);
    expect(browser.events.map(({ type }) => type)).toEqual(wanted.map(([type]) => type));
    for (const [index, [, data]] of wanted.entries()) {
      expect(browser.events[index]?.data).toMatchObject({
        adw_id: WORKFLOW_ID,
        timestamp: new Date(LOCAL_TIMESTAMP).toISOString(),
        ...data,
      });
    }
    expect(workflow.of('error')).toEqual([]);
  });
});
