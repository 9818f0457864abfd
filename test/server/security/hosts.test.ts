import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admitsHost, isLoopbackName, parseHost } from '../../../src/server/security/hosts.ts';

describe('a Host header is admitted', () => {
  it.each([
    'localhost',
    'localhost:8500',
    'LOCALHOST:8500',
    'localhost.:8500',
    'api.1a2b3c4d.localhost',
    'api.1a2b3c4d.localhost:8500',
    '127.0.0.1:8500',
    '127.1.2.3',
    '[::1]:8500',
  ])('when it is a name of this machine: %s', header => {
    expect(admitsHost(header, [])).toBe(true);
  });

  it('when it is configured, on any port unless the configuration names one', () => {
    expect(admitsHost('board.example.org:8500', ['board.example.org'])).toBe(true);
    expect(admitsHost('Board.Example.Org', ['board.example.org'])).toBe(true);
    expect(admitsHost('board.example.org:8500', ['board.example.org:8500'])).toBe(true);
    expect(admitsHost('board.example.org:9000', ['board.example.org:8500'])).toBe(false);
  });
});

describe('a Host header is refused', () => {
  it.each([
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    'evillocalhost',
    '127.0.0.1.evil.example',
    '127.0.0.1.nip.io:8500',
    '0.0.0.0:8500',
    '169.254.169.254',
    '10.0.0.1',
    'user@localhost',
    'localhost:8500@evil.example',
    'localhost/..',
    'localhost evil.example',
    'localhost,evil.example',
    '[::1',
    '::1',
  ])('when it could be a stranger re-bound to us: %s', header => {
    expect(admitsHost(header, [])).toBe(false);
  });

  it('when it only contains a configured name', () => {
    expect(admitsHost('example.org.evil.example', ['example.org'])).toBe(false);
    expect(admitsHost('notexample.org', ['example.org'])).toBe(false);
  });

  it('for any other text, without throwing', () => {
    fc.assert(
      fc.property(fc.string(), header => {
        if (admitsHost(header, [])) expect(isLoopbackName(parseHost(header)?.name ?? '')).toBe(true);
      }),
    );
  });
});
