import type { LineEvents } from '../line-events.ts';
import { cutOf, firstChars } from '../preview.ts';
import type { Session } from './session.ts';

/** Adds what the agent said. */
export function addText(content: string, session: Session, events: LineEvents): void {
  session.sequence += 1;
  const max = events.textCharsMax;
  events.add('text_block', { content: firstChars(content, max), ...cutOf(content, max), sequence: session.sequence });
}

/** Adds what the agent thought; of what was not disclosed an entry for the log, once a session. */
export function addThinking(content: string, session: Session, events: LineEvents): void {
  if (content === '') {
    const id = session.sessionId ?? '';
    if (session.undisclosed.has(id)) return;
    session.undisclosed.add(id);
    events.log('INFO', 'thinking not disclosed', { event_type: 'thinking_not_disclosed' });
    return;
  }
  session.sequence += 1;
  events.add('thinking_block', {
    content: firstChars(content, events.textCharsMax),
    ...cutOf(content, events.textCharsMax),
    reasoning_type: 'thinking',
    duration_ms: null,
    sequence: session.sequence,
  });
}

/** Adds what the agent was told. @param fields what else the entry carries */
export function addPrompt(content: string, events: LineEvents, fields: Readonly<Record<string, unknown>> = {}): void {
  events.log('INFO', content, { event_type: 'prompt', ...fields });
}
