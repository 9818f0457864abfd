import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { runSidecar } from '../../../src/sidecar/pipeline.ts';
import { CARD_RULES } from './cards.ts';
import { type DropIn, startDropIn } from './drop-in.ts';
import { sidecarOptions, temporaryTree } from './example.ts';
import { ask, NOT_OFFERED, READS } from './reads.ts';

let dropIn: DropIn;
let adwId = '';

beforeAll(async () => {
  dropIn = await startDropIn();
  const tree = await temporaryTree();
  adwId = tree.adwId;
  await runSidecar({
    ...sidecarOptions(tree.root, adwId),
    server: dropIn.server.url,
    follow: false,
    log: silentLogger,
  });
  // What the browser reads comes from the log: the files may be on another machine, or gone.
  await rm(tree.root, { recursive: true });
});
afterAll(() => dropIn.server.remove());

describe('a read of the reference’s browser client is answered from the log', () => {
  describe.each(Object.entries(READS))('%s', (_, cases) => {
    it.each(cases)('$path', each => ask(dropIn, adwId, each));
  });

  it('line by line as the files had them', async () => {
    const { body } = await dropIn.get(`/api/stage-logs/${adwId}/build`);
    const logs = body.logs as { entry_type: string; subtype: string | null; level: string; message: string }[];
    const kinds = new Set(logs.map(({ entry_type, subtype }) => `${entry_type} ${subtype}`));
    for (const kind of ['system init', 'assistant text', 'assistant tool_use', 'user tool_result', 'result success']) {
      expect(kinds).toContain(kind);
    }
    expect(logs.at(-1)).toMatchObject({ entry_type: 'result', level: 'SUCCESS' });
  });
});

describe("a card of the reference's board", () => {
  it.each(Object.entries(CARD_RULES))('%s', (_, rule) => rule());
});

describe('what starts or changes workflows, or opens an editor, is answered with 501', () => {
  it.each(NOT_OFFERED)('%s', async route => {
    const [method = '', path = ''] = route.split(' ');
    const url = dropIn.server.url + path.replace('{adw_id}', adwId).replace('*', '1');
    const origin = 'http://localhost:9200';
    const preflight = { method: 'OPTIONS', headers: { origin, 'access-control-request-method': method } };
    expect((await fetch(url, preflight)).headers.get('access-control-allow-methods')).toContain(method);
    const answer = await fetch(url, { method, headers: { origin, 'content-type': 'application/json' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([501, 'not_offered']);
  });
});

describe('a file of the tree', () => {
  it('is shown where its announcement says', async () => {
    const { body } = await dropIn.get(`/api/v1/adws/${adwId}/events?type=screenshot_available`);
    const [event] = body.events as { data: { url: string } }[];
    const picture = await fetch(dropIn.server.url + event?.data.url);
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png']);
  });
});
