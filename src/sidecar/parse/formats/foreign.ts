import type { JsonObject } from '../json.ts';

/** Names the program that wrote a line when it is known not to be understood. */
export function foreignWriter(type: string, _line: JsonObject): string | undefined {
  return /^(?:thread|turn|item)\./.test(type) ? 'Codex' : undefined;
}
