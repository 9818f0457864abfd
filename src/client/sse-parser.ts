/** One event of a Server-Sent Events stream. */
export interface SseEvent {
  /** `message` when the stream names none. */
  readonly name: string;
  readonly data: string;
}

/** Takes text as it comes in, split anywhere, and gives the events that it completes. */
export function createSseParser(): (text: string) => SseEvent[] {
  let rest = '';
  let name = '';
  let data: string[] = [];
  return text => {
    const events: SseEvent[] = [];
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      if (line === '') {
        if (data.length > 0) events.push({ name: name || 'message', data: data.join('\n') });
        name = '';
        data = [];
        continue;
      }
      const colon = line.indexOf(':');
      const field = colon === -1 ? line : line.slice(0, colon);
      const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') name = value;
      else if (field === 'data') data.push(value);
    }
    return events;
  };
}
