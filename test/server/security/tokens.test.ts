import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessOf, accessOfToken, COOKIE_NAME, cookieValue } from '../../../src/server/security/tokens.ts';

const tokens = { token: 'write-me', readToken: 'read-me' };

describe('access by token', () => {
  it('is everything for everybody where no token is configured', () => {
    expect(accessOf({}, {})).toBe('write');
  });

  it('comes from the bearer header', () => {
    expect(accessOf({ authorization: 'Bearer write-me' }, tokens)).toBe('write');
    expect(accessOf({ authorization: 'bearer read-me' }, tokens)).toBe('read');
  });

  it('comes from the WebSocket subprotocol', () => {
    expect(accessOf({ 'sec-websocket-protocol': 'adw-stream, bearer.read-me' }, tokens)).toBe('read');
  });

  it('comes from the subprotocol percent-encoded too, for a token that could be none', () => {
    const odd = { token: 'a/b+c==', readToken: '100%' };
    expect(accessOf({ 'sec-websocket-protocol': 'bearer.a%2Fb%2Bc%3D%3D' }, odd)).toBe('write');
    expect(accessOf({ 'sec-websocket-protocol': 'bearer.100%' }, odd)).toBe('read');
    expect(accessOf({ 'sec-websocket-protocol': 'bearer.%' }, odd)).toBeUndefined();
  });

  it('comes from the cookie, whose value is not the token', () => {
    const value = cookieValue('read-me');
    expect(value).not.toContain('read-me');
    expect(accessOf({ cookie: `a=b; ${COOKIE_NAME}=${value}` }, tokens)).toBe('read');
    expect(accessOf({ cookie: `${COOKIE_NAME}=read-me` }, tokens)).toBeUndefined();
  });

  it('is the best of all that are shown', () => {
    const cookie = `${COOKIE_NAME}=${cookieValue('read-me')}`;
    expect(accessOf({ cookie, authorization: 'Bearer write-me' }, tokens)).toBe('write');
    expect(accessOf({ cookie, authorization: 'Bearer wrong' }, tokens)).toBe('read');
  });

  it('lets one token do both where there is only one', () => {
    expect(accessOf({ authorization: 'Bearer one' }, { token: 'one' })).toBe('write');
  });

  it('is refused for every other text', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        fc.pre(text !== tokens.token && text !== tokens.readToken);
        expect(accessOfToken(text, tokens)).toBeUndefined();
      }),
    );
    for (const authorization of ['Bearer', 'Bearer ', 'Basic write-me', 'Bearer write-me extra', 'write-me']) {
      expect(accessOf({ authorization }, tokens)).toBeUndefined();
    }
  });
});
