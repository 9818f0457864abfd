import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdwStreamError } from '../../../src/base/errors.ts';
import { createRedactor } from '../../../src/sidecar/parse/redact.ts';

const redactor = createRedactor({ patterns: {} });
const redact = (text: string): string => redactor.redact(text).text;

// Put together at run time, so that no scanner takes this file for a leak.
const letters = (length: number): string => 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z'.repeat(4).slice(0, length);
const PEM = ['-----BEGIN RSA PRIVATE', 'KEY-----'].join(' ');
const SECRETS: readonly (readonly [kind: string, secret: string])[] = [
  ['anthropic-key', `sk-ant-api03-${letters(80)}`],
  ['openai-key', `sk-proj-${letters(48)}`],
  ['openai-key', `sk-${letters(48)}`],
  ['github-token', `ghp_${letters(36)}`],
  ['github-token', `github_pat_${letters(40)}`],
  ['aws-key', `AKIA${'IOSFODNN7ABCDEFG'}`],
  ['google-key', `AIza${letters(35)}`],
  ['slack-token', `xoxb-${'123456789012'}-${letters(24)}`],
  ['stripe-key', `sk_live_${letters(24)}`],
  ['stripe-key', `rk_test_${letters(24)}`],
  ['jwt', `eyJ${letters(20)}.eyJ${letters(30)}.${letters(40)}`],
];

describe('a secret', () => {
  it.each(SECRETS)('of kind %s is replaced wherever it stands', (kind, secret) => {
    for (const [before, after] of [
      ['', ''],
      ['key: ', ' end'],
      ['\n', '\n'],
      ['"', '"'],
      ['(', ')'],
    ] as const) {
      const { text, counts } = redactor.redact(`${before}${secret}${after}`);
      expect(text).toBe(`${before}[redacted:${kind}]${after}`);
      expect(counts).toEqual({ [kind]: 1 });
    }
  });

  it.each(SECRETS)('of kind %s is replaced behind an escape in JSON', (kind, secret) => {
    for (const before of ['line\n', 'tab\t', 'quote"', '\u001b', 'back\r\n']) {
      const text = redact(JSON.stringify({ value: before + secret }));
      expect(JSON.parse(text)).toEqual({ value: `${before}[redacted:${kind}]` });
    }
  });

  it('that is a private key is replaced as a block, also with its newlines escaped once or twice, or cut off', () => {
    const block = `${PEM}\n${letters(64)}\n${letters(64)}==\n${PEM.replace('BEGIN', 'END')}`;
    expect(redact(`before\n${block}\nafter`)).toBe('before\n[redacted:private-key]\nafter');
    const once = JSON.stringify({ key: `a ${block} z` });
    expect(JSON.parse(redact(once))).toEqual({ key: 'a [redacted:private-key] z' });
    const twice = JSON.stringify({ json: once });
    expect(JSON.parse(JSON.parse(redact(twice)).json)).toEqual({ key: 'a [redacted:private-key] z' });
    const cut = JSON.stringify({ key: block.slice(0, 100) });
    expect(JSON.parse(redact(cut))).toEqual({ key: '[redacted:private-key]' });
  });

  it('in an Authorization header is replaced, the header stays', () => {
    const value = letters(30);
    expect(redact(`Authorization: Bearer ${value}`)).toBe('Authorization: Bearer [redacted:authorization]');
    expect(redact(`curl -H "authorization: Basic ${value}=" x`)).toBe(
      'curl -H "authorization: Basic [redacted:authorization]" x',
    );
    const json = JSON.stringify({
      headers: { Authorization: `Bearer ${value}` },
      body: JSON.stringify({ Authorization: `Bearer ${value}` }),
    });
    expect(redact(json)).not.toContain(value);
    expect(JSON.parse(redact(json)).headers).toEqual({ Authorization: 'Bearer [redacted:authorization]' });
  });

  it('in a URL is replaced, user and host stay', () => {
    expect(redact('postgres://app:hunter2@db:5432/x')).toBe('postgres://app:[redacted:url-password]@db:5432/x');
  });

  it.each(['API_KEY', 'GITHUB_TOKEN', 'TOKEN', 'CLIENT_SECRET', 'DB_PASSWORD'])('assigned to %s is replaced', name => {
    expect(redact(`export ${name}=hunter2x`)).toBe(`export ${name}=[redacted:secret]`);
    expect(redact(JSON.stringify({ env: `A=1\n${name}="s3cr3t value"` }))).toContain(`${name}=\\"[redacted:secret]`);
  });

  it('assigned in code or configuration is replaced when it looks like one', () => {
    expect(redact(`const apiKey = "${letters(24)}";`)).toBe('const apiKey = "[redacted:secret]";');
    expect(redact(`{"password":"hunter22x"}`)).toBe('{"password":"[redacted:secret]"}');
  });
});

describe('what is innocent', () => {
  it.each([
    'commit 3f786850e387550fdab836ed7e6dc881de23001b',
    'session 4a354806-cc21-41f1-8805-59fb7734ba3e',
    '"session_id":"4a354806-cc21-41f1-8805-59fb7734ba3e","token":"4a354806-cc21-41f1-8805-59fb7734ba3e"',
    '"id":"toolu_01FEBqrTyhE9uYYe4mHxhoUu"',
    '"data":"artifact:images/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.png;bytes=812"',
    '"max_tokens": 5, "input_tokens":12345678901234567890',
    'TOKEN_COUNT=5',
    'MAX_TOKEN=4096',
    `GITHUB_TOKEN=\${TOKEN}`,
    'GITHUB_TOKEN=$GH',
    'API_KEY=<your-key>',
    'API_KEY=your-api-key-here',
    'PASSWORD=***',
    'const TOKEN = process.env.TOKEN',
    'API_KEY=process.env.API_KEY',
    'token=getToken(12345)',
    'if (API_KEY == value)',
    "const STORAGE_KEY = 'game-2048-theme';",
    '"password": "Enter your password"',
    `Authorization: Bearer \${TOKEN}`,
    'Authorization: Bearer <token>',
    'the bearer of this letter',
    'http://localhost:3000/@vite/client',
    `https://user:\${PASSWORD}@host`,
    'sk-fading-circle sk-container-wrapper-element',
    'class="risk-management-overview-panel-2024"',
  ])('stays: %s', text => {
    expect(redactor.redact(text)).toEqual({ text, counts: {} });
  });
});

/** The shape of a JSON value: everything but what its strings say. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value === 'object' && value !== null) return Object.values(value).map(shapeOf);
  return typeof value === 'string' ? 'text' : value;
}

describe('JSON', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...SECRETS.map(([, secret]) => secret)),
    fc.constantFrom(
      PEM,
      `${PEM}\nabc\\`,
      'Authorization: ',
      '"Authorization":',
      'Bearer ',
      'TOKEN=',
      'API_KEY="',
      "password: '",
      '"token":',
      'secret_key=',
      '://a:b@',
      '\\',
      '"',
      '\n',
      '\r',
      '12345678',
      letters(40),
    ),
  );
  const text = fc.array(part, { maxLength: 6 }).map(parts => parts.join(''));
  const json = fc.letrec<{ node: unknown }>(tie => ({
    node: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('node'), { maxLength: 4 }),
      fc
        .array(fc.tuple(text, tie('node')), { maxLength: 4 })
        .map(entries => Object.fromEntries(entries.map(([key, node], index) => [`${index} ${key}`, node]))),
    ),
  })).node;

  it('stays JSON of the same structure', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 1), (value, indent) => {
        const before = JSON.stringify(value, null, indent);
        expect(shapeOf(JSON.parse(redact(before)))).toEqual(shapeOf(JSON.parse(before)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('stays JSON of the same structure whatever patterns the configuration adds', () => {
    const own = createRedactor({
      patterns: { quoted: '".*"', digits: '[0-9]{3,}', slash: '\\\\.', open: '[{\\[]', word: 'n[a-z]*' },
    });
    fc.assert(
      fc.property(json, value => {
        const before = JSON.stringify([value]);
        expect(shapeOf(JSON.parse(own.redact(before).text))).toEqual(shapeOf(JSON.parse(before)));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a hostile text', () => {
  // The test's time limit is the assertion: a pattern that looked through the rest of the text from each of its
  // beginnings would take far longer.
  it.each([
    PEM,
    `${PEM}\\n${letters(64)}`,
    '.eyJ',
    'eyJabcdefghi.eyJabcdefghi ',
    '://a:',
    'authorization: ',
    'TOKEN=',
    'token":"',
    'token\\\\',
  ])('that is nothing but %s, four million characters of it, is read in passing', piece => {
    const text = piece.repeat(Math.ceil(4_000_000 / piece.length));
    expect(() => redact(text)).not.toThrow();
  });
});

describe('patterns of the configuration', () => {
  const own = createRedactor({ patterns: { ticket: 'ACME-[0-9]+' } });

  it('are replaced and counted by their name, in JSON and in prose', () => {
    expect(own.redact('see ACME-12 and "ACME-3"')).toEqual({
      text: 'see [redacted:ticket] and "[redacted:ticket]"',
      counts: { ticket: 2 },
    });
    expect(own.redact('{"a":"ACME-12"}').text).toBe('{"a":"[redacted:ticket]"}');
  });

  it.each([
    ['bad', '('],
    ['everything', '.*'],
    ['a name with spaces', 'x'],
  ])('are refused when they cannot be used: %s', (name, source) => {
    expect(() => createRedactor({ patterns: { [name]: source } })).toThrow(AdwStreamError);
  });
});
