import { type AnchorFinder, createAnchorFinder } from './redact-anchors.ts';
import type { Hint, RedactionRule } from './redact-rule.ts';
import { REDACTION_RULES } from './redact-rules.ts';

type Hints = RedactionRule['hints'];

/** Made when it is needed first: that takes some milliseconds. */
let finder: AnchorFinder<Hints> | undefined;

/**
 * The lists of hints of which one may stand in a text; rules with others find nothing there. undefined where none can.
 * @param bytes the text as UTF-8
 */
export function candidatesIn(bytes: Uint8Array): ReadonlySet<Hints> | undefined {
  finder ??= createAnchorFinder(new Map(REDACTION_RULES.map(({ hints }) => [hints, hints.flatMap(anchorsOf)])));
  return finder.signsIn(bytes);
}

/** Whether one of these hints stands in a text. */
export function hasHint(text: string, hints: Hints): boolean {
  return hints.some(hint => {
    if (typeof hint === 'string') return text.includes(hint);
    return (hint instanceof RegExp ? hint : hint.pattern).test(text);
  });
}

function anchorsOf(hint: Hint): readonly string[] {
  if (typeof hint === 'string') return [hint.replace(/[^\w\s]/g, '\\$&')];
  return hint instanceof RegExp ? [hint.source] : hint.anchors;
}
