/** Words of a fixed list that agents' programs, their APIs and this program write, as a person says them; of others underscores are spaces. */
const SAID: Readonly<Record<string, string>> = {
  // Limits of a plan, and how far each is used.
  five_hour: 'of 5 hours',
  seven_day: 'of 7 days',
  seven_day_opus: 'of 7 days for Opus',
  seven_day_sonnet: 'of 7 days for Sonnet',
  overage: 'beyond the plan',
  allowed: 'not reached',
  allowed_warning: 'nearly reached',
  rejected: 'reached',
  // What the API answers.
  overloaded_error: 'overloaded',
  rate_limit_error: 'rate limit',
  api_error: 'error of the API',
  timeout_error: 'timeout',
  authentication_failed: 'not logged in',
  authentication_error: 'not logged in',
  // What an agent asks before it acts.
  bypassPermissions: 'asks for no permission',
  acceptEdits: 'asks for no permission to edit',
  dontAsk: 'is denied what it would ask for',
};

/** Kinds of log entries whose sentences hold such words, and nothing that an agent or a person wrote. */
const OF_WORDS: ReadonlySet<unknown> = new Set([
  'rate_limit_event',
  'api_retry',
  'control_request_progress',
  'api_error',
  'session_state_changed',
  'status',
  'conversation_reset',
]);
const WORD = /\b[a-z]+(?:_[a-z]+)+\b|\b(?:allowed|rejected|overage)\b/g;

/** One such word, as a person says it. */
export function humane(word: string): string {
  return Object.hasOwn(SAID, word) ? SAID[word]! : word.replaceAll('_', ' ');
}

/** What a log entry says, where it is made of such words as a person says it. */
export function humaneEntry(message: string, eventType: unknown): string {
  return OF_WORDS.has(eventType) ? message.replace(WORD, humane) : message;
}
