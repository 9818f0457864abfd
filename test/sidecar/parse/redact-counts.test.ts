import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../src/sidecar/parse/redact.ts';
import { innocentTexts, secretSamples } from './redact-list.ts';

const redactor = createRedactor({ patterns: {} });

/** A line of an agent's stream in which a tool has answered `text`, as the sidecar reads it. */
const toolLine = (text: string): string =>
  JSON.stringify({
    type: 'user',
    message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: text }] },
  });

/** Ways in which one text comes along: as it is, in a tool's answer, and in JSON inside of one. */
const FORMS: readonly (readonly [name: string, form: (text: string) => string])[] = [
  ['as text', text => text],
  ["in a tool's answer", toolLine],
  ["in JSON in a tool's answer", text => toolLine(JSON.stringify({ stdout: text }))],
];

/** Whether as much of a secret is left as would be of use. */
const isLeft = (text: string, secret: string): boolean => {
  const written = [secret, JSON.stringify(secret).slice(1, -1)];
  const middle = secret.slice(Math.floor(secret.length / 3), Math.ceil((secret.length * 2) / 3));
  return written.some(form => text.includes(form)) || text.includes(middle);
};

describe('the list of secrets', () => {
  it.each(FORMS)('%s: all but one in a hundred are found', (name, form) => {
    const samples = secretSamples();
    const missed = samples.filter(({ text, secret }) => isLeft(redactor.redact(form(text)).text, secret));
    console.log(`secrets found ${name}: ${samples.length - missed.length} of ${samples.length}`);
    expect(samples.length).toBeGreaterThanOrEqual(3 * 136);
    expect(missed.map(({ kind, text }) => `${kind}: ${text}`).slice(Math.floor(samples.length / 100))).toEqual([]);
  });
});

describe('the list of innocent texts', () => {
  it.each(FORMS)('%s: fewer than five in a hundred are hidden', (name, form) => {
    const texts = innocentTexts();
    const hidden = texts.filter(text => redactor.redact(form(text)).text !== form(text));
    console.log(`innocents hidden ${name}: ${hidden.length} of ${texts.length}`);
    expect(texts.length).toBeGreaterThanOrEqual(3 * 100);
    expect(hidden.length).toBeLessThan(texts.length * 0.05);
    expect(hidden).toEqual([]);
  });
});
