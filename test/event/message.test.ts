import { describe, expect, test } from 'vitest';
import { clientMessageSchemas, isClientMessageType } from '../../src/event/message.ts';

describe('what a client may send', () => {
  test('is known by its type, and by nothing that an object has by birth', () => {
    expect(isClientMessageType('subscribe')).toBe(true);
    for (const type of ['__proto__', 'constructor', 'toString', '', undefined, 7]) {
      expect(isClientMessageType(type)).toBe(false);
    }
  });

  test('may have null where a field is optional, and more fields than we know', () => {
    const sent = { type: 'subscribe', adw_id: '*', after: null, epoch: null, types: null, batch: null, client: 'x' };
    expect(clientMessageSchemas.subscribe.parse(sent)).toEqual(sent);
  });

  test.each([
    { after: -1 },
    { after: 1.5 },
    { after: '1' },
    { types: [] },
    { types: ['nope'] },
    { batch: 'yes' },
    { adw_id: '' },
  ])('is refused as a subscription with %j', wrong => {
    const sent = { type: 'subscribe', adw_id: '*', ...wrong };
    expect(clientMessageSchemas.subscribe.safeParse(sent).success).toBe(false);
  });
});
