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

function textOf(piece: string, length: number): string {
  return piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
}

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
];

/** The beginning of each sample, its token without an end, and with the sign that parts words between. */
function pieces(): string[] {
  const kinds = new Map(secretSamples().map(({ kind, text, secret }) => [kind, { text, secret }]));
  const made = [...kinds.values()].flatMap(({ text, secret }) => [
    secret.slice(0, 8),
    `${secret.slice(0, 12)}-`,
    `${secret.slice(0, -1)}_`,
    `${text.slice(0, text.indexOf(secret))} `,
    `${text.slice(0, text.indexOf(secret) + 3)}\\n`,
  ]);
  return [...new Set([...PIECES, ...made])].filter(piece => piece.trim() !== '');
}

/** What is wrong with the cost of a text of these pieces; undefined where it grows as the text does. */
function measured(piece: string): string | undefined {
  const text = textOf(piece, SMALLEST * 2 ** DOUBLINGS);
  const first = costOf(text, 1);
  if (first < NOISE_MS) return undefined;
  const smallest = Math.max(costOf(textOf(piece, SMALLEST), 3), 1);
  const isLinear = (largest: number) => largest <= 2_000 && largest / smallest <= SLACK * 2 ** DOUBLINGS;
  // The least of three is no more than the first: where that is enough, the others would prove nothing.
  if (isLinear(first)) return undefined;
  const largest = Math.min(first, costOf(text, 2));
  return isLinear(largest) ? undefined : `${JSON.stringify(piece)}: ${smallest} ms, ${largest} ms`;
}

describe('a text made of what a rule begins with', () => {
  it('costs twice as much when it is twice as long, whatever the rule, and 512 KB never two seconds', () => {
    const texts = pieces();
    expect(texts.length).toBeGreaterThan(300);
    // V8 interprets an expression for a while, in a process that has done much else: a rule is slow that is slow each time.
    const slow = texts
      .filter(piece => measured(piece))
      .filter(piece => measured(piece))
      .map(measured);
    expect(slow.filter(Boolean)).toEqual([]);
  }, 240_000);
});
