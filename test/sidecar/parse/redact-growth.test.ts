import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../src/sidecar/parse/redact.ts';
import { secretSamples } from './redact-list.ts';

const redactor = createRedactor({ patterns: {} });

/** Sizes of the smallest and of the largest text, characters; between them it doubles four times. */
const SMALLEST = 32 * 1024;
const DOUBLINGS = 4;
/** So much more may the largest cost than a linear rule would: a quadratic one costs sixteen times as much. */
const SLACK = 5;
/** Less than this proves nothing, ms of CPU. */
const NOISE_MS = 30;

/** CPU time of this process, which other programs on the machine do not change. */
function cpuMs(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** What redacting a text costs, ms of CPU: the least of so many runs, so that compiling does not count. */
function costOf(text: string, runs: number): number {
  return Math.min(...Array.from({ length: runs }, () => cpuMs(() => redactor.redact(text))));
}

/** A text: how it begins, and the piece that it repeats from there on. */
type Hostile = readonly [beginning: string, piece: string];

function textOf([beginning, piece]: Hostile, length: number): string {
  return (beginning + piece.repeat(Math.ceil(length / piece.length))).slice(0, length);
}

// Put together at run time, so that no scanner takes this file for a leak.
const PEM = ['-----BEGIN RSA PRIVATE', 'KEY-----'].join(' ');
const LETTERS = 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z'.repeat(3).slice(0, 64);

/** Pieces that begin what a rule looks for, again and again, and never end it. */
const PIECES: readonly string[] = [
  'eyJ-',
  'eyJ_eyJ.',
  '.eyJ',
  'specs/',
  'a_',
  'a-',
  'password: ',
  'password:\\n',
  '\\n- a_',
  '"a":"',
  '\\"a\\":\\"',
  'kind: Secret\\n  a: ',
  '"kind":"Secret","a":"b',
  'curl -u a',
  'curl -u ',
  'docker login ',
  'login -u me ',
  'mysql -u root ',
  'machine a login b ',
  'default login ',
  'Cookie: a=',
  'cookie: ',
  'x-a-a-a-',
  'x-api-key: ',
  'AccountKey=',
  '?sig=',
  '?sig=%41',
  '_authToken=',
  ':_auth=',
  '"auth":"',
  'a:$6$',
  'session_token=',
  'client-key-data: ',
  'discord.com/api/webhooks/1',
  'MTA.aaaaaa.',
  '123456789:AA',
  'abcdef0123456789abcdef0123456789-us',
  'aaaaaaaaaaaaaa.atlasv1.',
  '--token ',
  '--a-token=',
  PEM,
  `${PEM}\\n${LETTERS}`,
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
];

/** What begins like a secret, and goes on and on. */
const BEGUN: readonly Hostile[] = [
  [PEM, 'A'],
  [PEM, `\n${LETTERS}`],
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
];

/** The beginning of each sample, its token without an end, and with the sign that parts words between. */
function hostileTexts(): Hostile[] {
  const kinds = new Map(secretSamples().map(({ kind, text, secret }) => [kind, { text, secret }]));
  const made = [...kinds.values()].flatMap(({ text, secret }) => [
    secret.slice(0, 8),
    `${secret.slice(0, 12)}-`,
    `${secret.slice(0, -1)}_`,
    `${text.slice(0, text.indexOf(secret))} `,
    `${text.slice(0, text.indexOf(secret) + 3)}\\n`,
  ]);
  const pieces = [...new Set([...PIECES, ...made])].filter(piece => piece.trim() !== '');
  return [...pieces.map((piece): Hostile => ['', piece]), ...BEGUN];
}

/** What is wrong with the cost of a text of these pieces; undefined where it grows as the text does. */
function measured(hostile: Hostile): string | undefined {
  const text = textOf(hostile, SMALLEST * 2 ** DOUBLINGS);
  const first = costOf(text, 1);
  if (first < NOISE_MS) return undefined;
  const smallest = Math.max(costOf(textOf(hostile, SMALLEST), 3), 1);
  const isLinear = (largest: number) => largest <= 2_000 && largest / smallest <= SLACK * 2 ** DOUBLINGS;
  // The least of three is no more than the first: where that is enough, the others would prove nothing.
  if (isLinear(first)) return undefined;
  const largest = Math.min(first, costOf(text, 2));
  return isLinear(largest) ? undefined : `${JSON.stringify(hostile)}: ${smallest} ms, ${largest} ms`;
}

describe('a text made of what a rule begins with', () => {
  it('costs twice as much when it is twice as long, whatever the rule, and 512 KB never two seconds', () => {
    const texts = hostileTexts();
    expect(texts.length).toBeGreaterThan(300);
    // V8 interprets an expression for a while, in a process that has done much else: a rule is slow that is slow each time.
    const slow = texts
      .filter(text => measured(text))
      .filter(text => measured(text))
      .map(measured);
    expect(slow.filter(Boolean)).toEqual([]);
  }, 240_000);
});
