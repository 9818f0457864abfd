/** A frame of what a later line says whole, with its `type` at the beginning, as Pi itself writes it. */
const BEGINS = /^\s{0,8}\{\s{0,8}"type"\s{0,8}:\s{0,8}"(?:message|tool_execution)_update"/;
/** The same anywhere in a line: in a text the quotes are escaped, but a value of another member may look like it. */
const ANYWHERE = /"type"\s{0,8}:\s{0,8}"(?:message|tool_execution)_update"/;
/** Another record on the line. */
const OTHER =
  /\{\s{0,8}"type"\s{0,8}:\s{0,8}"(?:session|agent_|turn_|message_(?:start|end)|tool_execution_(?:start|end)|compaction_|auto_retry_)/;

/**
 * Whether a line is a whole frame of a message or of a tool's output that is still being written, and nothing else. Most of
 * Pi's bytes are such frames, so that this looks at the text; only keys in another order are parsed.
 */
export function repeatsLater(text: string): boolean {
  if (!BEGINS.test(text)) return ANYWHERE.test(text) && isFrame(text);
  // A line that was cut off, or holds a second record, is read as every other.
  return text.trimEnd().endsWith('}') && !OTHER.test(text);
}

function isFrame(text: string): boolean {
  try {
    const { type } = JSON.parse(text) as { type?: unknown };
    return type === 'message_update' || type === 'tool_execution_update';
  } catch {
    return false;
  }
}
