import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../src/sidecar/parse/redact.ts';
import { candidatesIn, hasHint } from '../../../src/sidecar/parse/redact-candidates.ts';
import { REDACTION_RULES } from '../../../src/sidecar/parse/redact-rules.ts';
import { innocentTexts, secretSamples } from './redact-list.ts';

const redactor = createRedactor({ patterns: {} });

/** What all rules find that have a hint in the text, whether it is a candidate or not. */
function redactInFull(text: string): string {
  let result = text;
  let found = false;
  for (const [nth, { kind, hints, pattern, accept }] of REDACTION_RULES.entries()) {
    if (hints !== REDACTION_RULES[nth - 1]?.hints) found = hasHint(result, hints);
    if (!found) continue;
    const before = result;
    result = before.replace(pattern, (whole: string, kept: string, secret: string, offset: number) => {
      const head = before.slice(Math.max(0, offset - 64), offset);
      const next = before.charAt(offset + whole.length);
      return accept?.({ head, before: kept, secret, next }) === false ? whole : `${kept}[redacted:${kind}]`;
    });
  }
  return result;
}

const texts = [...secretSamples().map(({ text }) => text), ...innocentTexts()];

/** A piece of a sample, often with what rules look for: whole, cut, in other letters, or as it stands in a JSON string. */
const piece = fc
  .tuple(fc.constantFrom(...texts), fc.nat(20), fc.nat(20), fc.constantFrom('whole', 'cut', 'upper', 'lower', 'json'))
  .map(([text, begin, end, how]) => {
    if (how === 'cut') return text.slice(begin, text.length - end);
    if (how === 'upper') return text.toUpperCase();
    if (how === 'lower') return text.toLowerCase();
    return how === 'json' ? JSON.stringify(text) : text;
  });
const between = fc.constantFrom('', ' ', '\n', '\\n', '"', 'é', '日本', '\u00a0', 'x', '=', ': ', '\\u001b[32m');

describe('the candidates of a text', () => {
  it('are all rules that find something in it', () => {
    for (const text of texts) expect(redactor.redact(text).text).toBe(redactInFull(text));
  });

  it('are all rules that find something in pieces of samples, however these stand together', () => {
    const mixed = fc.array(fc.oneof(piece, between, fc.string()), { maxLength: 12 }).map(parts => parts.join(''));
    fc.assert(
      fc.property(mixed, text => {
        expect(redactor.redact(text).text).toBe(redactInFull(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('are none in an ordinary line', () => {
    const line = { type: 'user', message: { content: [{ type: 'tool_result', content: 'export const a = 1;\n' }] } };
    expect(candidatesIn(Buffer.from(JSON.stringify(line)))).toBeUndefined();
  });

  it('are the same whether the bytes are given or not', () => {
    for (const text of texts) expect(redactor.redact(text, Buffer.from(text))).toEqual(redactor.redact(text));
  });
});
