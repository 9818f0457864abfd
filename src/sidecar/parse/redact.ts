import { AdwStreamError, messageOf } from '../../base/errors.ts';
import { replaceInStrings } from './json-strings.ts';
import { candidatesIn, hasHint } from './redact-candidates.ts';
import type { RedactionRule } from './redact-rule.ts';
import { REDACTION_RULES } from './redact-rules.ts';

/** A text without its secrets, and how many of each kind there were. */
export interface Redacted {
  readonly text: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** Replaces secrets by `[redacted:<kind>]`. */
export interface Redactor {
  /**
   * Total. A JSON object or array stays JSON of the same structure (only members whose names are nothing but secrets
   * may end up with the same name).
   * @param bytes the text as UTF-8, where it is at hand
   */
  redact(text: string, bytes?: Uint8Array): Redacted;
}

/** What {@link createRedactor} takes. */
export interface RedactorOptions {
  /**
   * Patterns beside the built-in ones: kind → source of a regular expression. In JSON they are matched inside of each
   * string, as it is written there (with its escapes).
   */
  readonly patterns: Readonly<Record<string, string>>;
}

/** Characters before a match that a rule may look at. */
const HEAD_LENGTH = 64;

const NOTHING_FOUND: Readonly<Record<string, number>> = {};

/**
 * A redactor for the built-in kinds (provider keys, tokens, private keys, `Authorization`, URL passwords, assignments
 * to names like `*_TOKEN`) and those of `patterns`. Throws `invalid_option` for a pattern or kind that cannot be used.
 */
export function createRedactor({ patterns }: RedactorOptions): Redactor {
  const own = Object.entries(patterns).map(([kind, source]) => ({ kind, pattern: compile(kind, source) }));
  return {
    redact(text, bytes = Buffer.from(text)) {
      const candidates = candidatesIn(bytes);
      if (candidates === undefined && own.length === 0) return { text, counts: NOTHING_FOUND };
      const counts: Record<string, number> = {};
      const note = (kind: string): string => {
        counts[kind] = (counts[kind] ?? 0) + 1;
        return `[redacted:${kind}]`;
      };
      let result = text;
      let hints: RedactionRule['hints'] | undefined;
      let found = false;
      for (const rule of REDACTION_RULES) {
        // Replacing makes no new match: what was looked for by the rule before need not be looked for again.
        if (rule.hints !== hints) found = candidates?.has(rule.hints) === true && hasHint(result, rule.hints);
        hints = rule.hints;
        if (found) result = applyRule(rule, result, note);
      }
      for (const { kind, pattern } of own) {
        if (matches(pattern, result)) result = replaceInStrings(result, pattern, () => note(kind));
      }
      return result === text ? { text, counts: NOTHING_FOUND } : { text: result, counts };
    },
  };
}

function applyRule({ kind, pattern, accept }: RedactionRule, text: string, note: (kind: string) => string): string {
  return text.replace(pattern, (whole: string, before: string, secret: string, offset: number) => {
    if (accept !== undefined) {
      const head = text.slice(Math.max(0, offset - HEAD_LENGTH), offset);
      if (!accept({ head, before, secret, next: text.charAt(offset + whole.length) })) return whole;
    }
    return before + note(kind);
  });
}

function matches(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(text);
}

/** The expression of one pattern from the configuration. */
function compile(kind: string, source: string): RegExp {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(kind)) {
    throw new AdwStreamError(
      'invalid_option',
      `Redaction pattern ${JSON.stringify(kind)}: a name is letters, digits, "_", "-" or ".".`,
    );
  }
  let pattern: RegExp;
  try {
    pattern = new RegExp(source, 'g');
  } catch (error) {
    throw new AdwStreamError('invalid_option', `Redaction pattern ${kind}: ${messageOf(error)}.`, { cause: error });
  }
  if (matches(pattern, '')) {
    throw new AdwStreamError(
      'invalid_option',
      `Redaction pattern ${kind} matches the empty text, so it would match everywhere.`,
    );
  }
  return pattern;
}
