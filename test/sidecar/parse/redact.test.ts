import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdwStreamError } from '../../../src/base/errors.ts';
import { createRedactor } from '../../../src/sidecar/parse/redact.ts';
import { anyCharacter } from '../../support/any-character.ts';

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
  ['slack-token', `xoxc-${'123456789012'}-${letters(24)}`],
  ['slack-token', `xoxd-${letters(10)}%2B${letters(20)}%2F%3D`],
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
    for (const before of ['line\n', 'tab\t', 'quote"', '\u001b', '\u001b[32m', 'back\r\n']) {
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

  describe('that is a private key', () => {
    const begin = PEM;
    const end = PEM.replace('BEGIN', 'END');
    const base64 = [letters(64), letters(64), `${letters(18)}==`];
    const headers = ['Proc-Type: 4,ENCRYPTED', `DEK-Info: AES-128-CBC,${'2AF25325A9B286F4'}`, ''];
    const keys: readonly (readonly [name: string, lines: readonly string[]])[] = [
      ['whole', [begin, ...base64, end]],
      ['cut off', [begin, ...base64]],
      ['encrypted', [begin, ...headers, ...base64, end]],
      ['encrypted and cut off', [begin, ...headers, ...base64]],
      ['of PGP', [`${begin.slice(0, -5)} BLOCK-----`, 'Version: GnuPG v2', '', ...base64, '=aBcD']],
    ];
    const shown: readonly (readonly [name: string, prefix: (line: number) => string])[] = [
      ['with line numbers and arrows', line => `${String(line).padStart(6)}→`],
      ['with line numbers and tabs', line => `${line}\t`],
      ['with line numbers and bars', line => `${line} | `],
      ['with line numbers and colons', line => `${line}:`],
      ['as added lines', () => '+'],
      ['as removed lines', () => '-'],
      ['as a quotation', () => '> '],
      ['as a comment', () => '# '],
      ['indented', () => '    '],
    ];

    it.each(keys.flatMap(([name, lines]) => shown.map(([how, prefix]) => [name, how, lines, prefix] as const)))(
      '%s is replaced as tools show it: %s',
      (_name, _how, lines, prefix) => {
        const text = `${lines.map((line, index) => prefix(index + 1) + line).join('\n')}\nand what follows`;
        const once = JSON.stringify(text);
        const ascii = once.replaceAll('→', '\\u2192');
        for (const form of [text, once, JSON.stringify(once), ascii, JSON.stringify(ascii)]) {
          expect(redact(form)).not.toMatch(/[A-Za-z0-9]{15}|==|DEK/);
          expect(redact(form)).toContain('[redacted:private-key]');
          expect(redact(form)).toMatch(/and what follows"*\\?"*$/);
        }
      },
    );

    it.each([':', '-'])('is replaced as grep shows it, also cut off, with "%s" behind file and line', sign => {
      for (const lines of [
        [begin, ...base64, end],
        [begin, ...base64],
      ]) {
        const text = lines.map((line, index) => `certs/my-key.pem${sign}${index + 1}${sign}${line}`).join('\n');
        for (const form of [text, JSON.stringify(text)]) expect(redact(form)).not.toMatch(/[A-Za-z0-9]{15}|==/);
      }
    });

    it('takes no prose along when only its first line is mentioned', () => {
      expect(redact(`lines like ${begin} mark keys`)).toBe('lines like [redacted:private-key] mark keys');
      expect(redact(`${begin}\n     2→const next = 1;`)).toBe('[redacted:private-key]\n     2→const next = 1;');
    });
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

  const signature = letters(64)
    .toLowerCase()
    .replaceAll(/[^0-9a-f]/g, 'e');
  it.each([
    ['Authorization: Splunk 4a354806-cc21-41f1-8805-59fb7734ba3e', 'Authorization: Splunk [redacted:authorization]'],
    [`Authorization: OAuth 00Dx0!${letters(30)}`, 'Authorization: OAuth [redacted:authorization]'],
    [`Authorization: GoogleLogin auth=${letters(30)}`, 'Authorization: GoogleLogin [redacted:authorization]'],
    [`Proxy-Authorization: Basic ${letters(20)}==`, 'Proxy-Authorization: Basic [redacted:authorization]'],
    [`{"Authorization":["Bearer ${letters(20)}"]}`, '{"Authorization":["Bearer [redacted:authorization]"]}'],
    [
      `Authorization: AWS4-HMAC-SHA256 Credential=AK/20130524/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
      'Authorization: AWS4-HMAC-SHA256 [redacted:authorization]',
    ],
    [
      `Authorization: OAuth oauth_token="${letters(20)}", oauth_signature="${letters(12)}%2F${letters(12)}%3D"`,
      'Authorization: OAuth oauth_token="[redacted:secret]", oauth_signature="[redacted:authorization]"',
    ],
  ])('in a header of another scheme is replaced: %s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it.each(['hunter2', 'hun:ter2', '%70ass', '$ecr3t', '[pw]9', "hun'ter2", 'hun\\u0026ter2'])(
    'in a URL is replaced, user and host stay: %s',
    password => {
      expect(redact(`postgres://app:${password}@db:5432/x`)).toBe('postgres://app:[redacted:url-password]@db:5432/x');
    },
  );

  it.each(['API_KEY', 'GITHUB_TOKEN', 'TOKEN', 'CLIENT_SECRET', 'DB_PASSWORD'])('assigned to %s is replaced', name => {
    expect(redact(`export ${name}=hunter2x`)).toBe(`export ${name}=[redacted:secret]`);
    expect(redact(JSON.stringify({ env: `A=1\n${name}="s3cr3t value"` }))).toContain(`${name}=\\"[redacted:secret]`);
  });

  it.each([
    ['DB_PASSWORD="correct horse battery"', 'DB_PASSWORD="[redacted:secret]"'],
    ["DB_PASSWORD='correct horse battery'", "DB_PASSWORD='[redacted:secret]'"],
    ['DB_PASSWORD="$ecret99"', 'DB_PASSWORD="[redacted:secret]"'],
    ['DB_PASSWORD=$ecret99 x', 'DB_PASSWORD=[redacted:secret] x'],
    ['DB_PASSWORD=(hunter2)', 'DB_PASSWORD=[redacted:secret]'],
    ['DB_PASSWORD=hun&ter2$x,y', 'DB_PASSWORD=[redacted:secret]'],
    ['?A_TOKEN=abc&other=1&b[]=2', '?A_TOKEN=[redacted:secret]&other=1&b[]=2'],
    ['A_TOKEN=abc,other=1', 'A_TOKEN=[redacted:secret],other=1'],
    ['A_TOKEN=abc && make', 'A_TOKEN=[redacted:secret] && make'],
    ['A_TOKEN=abc&quot;&amp;b=1', 'A_TOKEN=[redacted:secret]&quot;&amp;b=1'],
    ['A_TOKEN=abc&&make', 'A_TOKEN=[redacted:secret]&&make'],
  ])('of any characters is replaced to its end: %s', (text, expected) => {
    expect(redact(text)).toBe(expected);
    expect(JSON.parse(redact(JSON.stringify({ text })))).toEqual({ text: expected });
  });

  it('assigned is replaced where a JSON encoder escaped the signs around it, or a terminal coloured it', () => {
    expect(redact('"PASSWORD\\u003dhunter2\\u0026x\\u003d1"')).toBe(
      '"PASSWORD\\u003d[redacted:secret]\\u0026x\\u003d1"',
    );
    expect(redact('"PASSWORD\\u003d\\u0027hunter2\\u0027"')).toBe('"PASSWORD\\u003d\\u0027[redacted:secret]\\u0027"');
    const coloured = 'PASSWORD=\u001b[32mhunter2\u001b[0m';
    expect(redact(coloured)).toBe('PASSWORD=\u001b[32m[redacted:secret]\u001b[0m');
    expect(JSON.parse(redact(JSON.stringify(coloured)))).toBe('PASSWORD=\u001b[32m[redacted:secret]\u001b[0m');
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
    ...[
      '$PASSWORD',
      '$DB1_PASS',
      '$pass2',
      '%s',
      '%20s',
      '%(password)s',
      '{password}',
      '{0}',
      '<password>',
      '[password]',
    ].map(password => `https://user:${password}@host`),
    'amqp://%s:%d:%s@host',
    `postgres://\${USER:-root}:\${PASSWORD:-root}@db`,
    'http://localhost:3000?next=a@b.c',
    '[here](http://localhost:80)(mailto:a@b.c)',
    "['http://localhost:80','a@b.c']",
    '/^(?:git:\\/\\/)?(?:[^@/]+@)?host/',
    'image: docker://alpine:3.8@sha256:9f86d081884c7d65',
    'PASSWORD=$1',
    'PASSWORD=$pass2',
    'PASSWORD="$DB_PASSWORD"',
    'PASSWORD=$(pass show db)',
    'API_KEY=(a b c)',
    'PASSWORD=(.*)$',
    'def password=(new_password1)',
    'const url = "?TOKEN="+token+"&x=1"',
    "f('TOKEN=', x, 'y')",
    'Authorization: see commit 3f786850e387550fdab836ed7e6dc881de23001b',
    '# Configure the token for authorization: oauth2',
    `Authorization: AWS4-HMAC-SHA256 Credential=\${key}/\${scope}, Signature=\${signature}`,
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
    fc.string({ unit: anyCharacter }),
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
      "://a:b:c'd@",
      '-----END RSA PRIVATE',
      ' KEY-----',
      '→',
      'Proc-Type: 4,',
      "TOKEN='",
      'TOKEN=$a&b,c',
      'TOKEN=(a1)',
      'TOKEN\\u003d',
      'PASSWORD=\u001b[32m',
      '\\u0026',
      'AWS4-HMAC-SHA256 Credential=',
      'oauth_signature="',
      'xoxd-',
      'x-api-key: ',
      '"X-Api-Key":',
      'session_token: ',
      '"kind":"Secret",',
      '"auth":"',
      'password: ',
      '\npassword: ',
      'Cookie: a=',
      'mysql -p',
      'curl -u a:',
      '_authToken=',
      'login -p ',
      'a:$6$',
      '?sig=',
      'eyJabcdefghi.eyJabcd.',
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
    `${PEM}\n${'a:1-'.repeat(39)}`,
    `${PEM}${'\na-'.repeat(30)}`,
    `${PEM}${'\n1 '.repeat(27)}`,
    'xoxd-',
    `://a:${'b:'.repeat(99)}`,
    `://${'{'.repeat(199)}:x@`,
    'TOKEN="a ',
    "TOKEN='a ",
    'TOKEN=a&',
    'TOKEN=(a',
    'TOKEN=\\u001b[32m',
    'authorization: a-aa-aa-aa ',
    `authorization${' '.repeat(16)}:${' '.repeat(16)}[${' '.repeat(64)}`,
    'AWS4-HMAC-SHA256 Credential=',
    'oauth_signature=',
    '\\\\u001b[mxoxb-',
  ])('that is nothing but %s, four million characters of it, is read in passing', piece => {
    const text = piece.repeat(Math.ceil(4_000_000 / piece.length));
    expect(() => redact(text)).not.toThrow();
  });
});

describe('a hostile text that begins like a secret', () => {
  it.each([
    [PEM, 'A'],
    [PEM, `\n${letters(64)}`],
    [PEM, '\n1→'],
    [PEM, '\\'],
    [PEM, '\nProc-Type: 4\n'],
    ['xoxd-', '%2B'],
    ['://a:', "b'c:"],
    ['://a:', '\\u0026'],
    ['TOKEN="a', "TOKEN='a "],
    ['TOKEN=a', '&a'],
    ['TOKEN=a', `&${'a'.repeat(63)}`],
    ['TOKEN=a', ',$a'],
    ['TOKEN=$', 'a'],
    ['TOKEN="%', 'a'],
    ['TOKEN', '\\'],
    ['TOKEN=', '\\u001b[32m'],
    ['authorization:', ' '],
    ['authorization: ', 'a-'],
    ['authorization', '\\'],
    ['AWS4-HMAC-SHA256 Credential=', 'Signature='],
  ])('%j, and goes on with %j for a million characters, is read in passing', (beginning, piece) => {
    const text = beginning + piece.repeat(Math.ceil(1_000_000 / piece.length));
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
