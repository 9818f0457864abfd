import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessOfToken, accessOfTokens, credentialOf, shownTokens } from '../../../src/server/security/tokens.ts';

const tokens = { token: 'write-me', readToken: 'read-me' };
const accessOf = (headers: Record<string, string>, given = tokens) => accessOfTokens(shownTokens(headers), given);

describe('access by token', () => {
  it('comes from the bearer header', () => {
    expect(accessOf({ authorization: 'Bearer write-me' })).toBe('write');
    expect(accessOf({ authorization: 'bearer read-me' })).toBe('read');
  });

  it('comes from the WebSocket subprotocol', () => {
    expect(accessOf({ 'sec-websocket-protocol': 'adw-stream, bearer.read-me' })).toBe('read');
  });

  it('comes from the subprotocol percent-encoded too, for a token that could be none', () => {
    const odd = { token: 'a/b+c==', readToken: '100%' };
    expect(accessOf({ 'sec-websocket-protocol': 'bearer.a%2Fb%2Bc%3D%3D' }, odd)).toBe('write');
    expect(accessOf({ 'sec-websocket-protocol': 'bearer.100%' }, odd)).toBe('read');
    expect(accessOf({ 'sec-websocket-protocol': 'bearer.%' }, odd)).toBeUndefined();
  });

  it('is the best of all that are shown', () => {
    const protocols = { 'sec-websocket-protocol': 'bearer.read-me' };
    expect(accessOf({ ...protocols, authorization: 'Bearer write-me' })).toBe('write');
    expect(accessOf({ ...protocols, authorization: 'Bearer wrong' })).toBe('read');
  });

  it('lets one token do both where there is only one', () => {
    expect(accessOfToken('one', { token: 'one' })).toBe('write');
  });

  it('is refused for every other text', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        fc.pre(text !== tokens.token && text !== tokens.readToken);
        expect(accessOfToken(text, tokens)).toBeUndefined();
      }),
    );
    for (const authorization of ['Bearer', 'Bearer ', 'Basic write-me', 'Bearer write-me extra', 'write-me']) {
      expect(accessOf({ authorization })).toBeUndefined();
    }
  });
});

describe('a credential', () => {
  it('changes with the token that it stands for, and does not say it', () => {
    const before = credentialOf('write', tokens);
    expect(credentialOf('write', { ...tokens, token: 'other' })).not.toBe(before);
    expect(credentialOf('write', { ...tokens, readToken: 'other' })).toBe(before);
    expect(before).not.toContain('write-me');
  });
});
