import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { clientMessageSchemas, isClientMessageType, serverMessageSchemas } from '../../src/event/message.ts';
import { parseEvent } from '../../src/event/parse-event.ts';
import { EVENT_TYPES } from '../../src/event/types.ts';

const page = await readFile(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

/** The lines of the ndjson blocks of the page, parsed. */
const blocks = [...page.matchAll(/^```ndjson\n([\s\S]*?)^```$/gm)].map(([, text = '']) =>
  text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { type: string; data?: unknown }),
);
const [events = [], fromClient = [], fromServer = []] = blocks;

describe('the examples of docs/protocol.md', () => {
  it('show every event type', () => {
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(EVENT_TYPES));
  });

  it.each(events)('hold a good $type', example => {
    expect(parseEvent(example)).toMatchObject({ ok: true });
  });

  it.each(fromClient)('hold a good message of a client: $type', ({ type, ...rest }) => {
    expect(isClientMessageType(type)).toBe(true);
    if (isClientMessageType(type)) clientMessageSchemas[type].parse({ type, ...rest });
  });

  it.each(fromServer)('hold a good message of the server: $type', ({ type, ...rest }) => {
    const schema = Object.entries(serverMessageSchemas).find(([name]) => name === type)?.[1];
    expect(schema?.safeParse({ type, ...rest })).toMatchObject({ success: true });
  });

  it('are all JSON', () => {
    for (const [, text = ''] of page.matchAll(/^```json\n([\s\S]*?)^```$/gm))
      expect(() => JSON.parse(text)).not.toThrow();
  });
});
