import { expect, test } from 'vitest';
import { hideUserInfo } from '../../src/base/user-info.ts';

test.each([
  ['nats://user:secret@host:4222', 'nats://…@host:4222'],
  ['nats://secret@host', 'nats://…@host'],
  ['nats://user:se@cr,et@host', 'nats://…@host'],
  ['nats://a:secret@one,nats://b:secret@two', 'nats://…@two'],
  ['nats://user:sec/ret@host is no URL', 'nats://…@host is no URL'],
  ['nats://host:4222,tls://other', 'nats://host:4222,tls://other'],
  ['sqlite', 'sqlite'],
])('%j is shown as %j', (text, shown) => {
  expect(hideUserInfo(text)).toBe(shown);
});
