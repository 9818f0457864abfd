import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admitsOrigin } from '../../../src/server/security/origins.ts';

const here = { host: 'localhost:8500', allowed: [] };

describe('an origin is admitted', () => {
  it('when there is none: no browser is asking', () => {
    expect(admitsOrigin(undefined, here)).toBe(true);
  });

  it.each([
    'http://localhost:9200',
    'http://localhost:9214',
    'http://board.localhost',
    'https://api.1a2b3c4d.localhost',
  ])("when it is the reference's board: %s", origin => {
    expect(admitsOrigin(origin, here)).toBe(true);
  });

  it('when it is the host that it asks', () => {
    expect(admitsOrigin('http://127.0.0.1:8500', { host: '127.0.0.1:8500', allowed: [] })).toBe(true);
    expect(admitsOrigin('http://[::1]:8500', { host: '[::1]:8500', allowed: [] })).toBe(true);
    expect(admitsOrigin('https://board.example.org', { host: 'board.example.org', allowed: [] })).toBe(true);
  });

  it('when it is configured, exactly', () => {
    const allowed = ['https://board.example.org'];
    expect(admitsOrigin('https://board.example.org', { ...here, allowed })).toBe(true);
    expect(admitsOrigin('http://board.example.org', { ...here, allowed })).toBe(false);
    expect(admitsOrigin('https://board.example.org:444', { ...here, allowed })).toBe(false);
    expect(admitsOrigin('https://a.board.example.org', { ...here, allowed })).toBe(false);
  });
});

describe('an origin is refused', () => {
  it.each([
    '',
    'null',
    'http://evil.example',
    'http://localhost.evil.example',
    'http://evillocalhost',
    'http://localhost',
    'http://localhost:3000',
    'http://localhost:9199',
    'http://localhost:9215',
    'https://localhost:9200',
    'http://board.localhost:9200',
    'http://127.0.0.1:9200',
    'http://127.0.0.1:8500',
    'file://',
    'ftp://localhost',
    'chrome-extension://abcdef',
    'http://localhost@evil.example',
    'http://localhost#@evil.example',
    'http://localhost:99999',
    'localhost:8500',
    'http://localhost http://evil.example',
  ])('when it is not a friend of localhost:8500: %s', origin => {
    expect(admitsOrigin(origin, here)).toBe(false);
  });

  it('for any other text, without throwing', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const origin = `http://${text}`;
        if (!admitsOrigin(origin, here)) return;
        expect(new URL(origin).hostname).toMatch(/^(?:.+\.)?localhost$/);
      }),
    );
  });
});
