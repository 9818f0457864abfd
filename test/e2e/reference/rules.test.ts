import { describe, it } from 'vitest';
import { BROWSER_RULES, CLIENT_RULES, SERVER_RULES } from './rules.ts';

describe.each([
  ['the server seen from outside', SERVER_RULES],
  ['the browser client', BROWSER_RULES],
  ['a message of a client', CLIENT_RULES],
])('%s', (_, rules) => {
  it.each(Object.entries(rules))('%s', (_name, rule) => rule());
});
