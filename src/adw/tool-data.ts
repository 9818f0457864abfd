/** What a tool call carries, whatever its shape: its input as fields, the file it touches, its output as text. Pure. */

/** An input as a record; previews may arrive as text that was cut in the middle of its JSON. */
export function inputOf(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const input = data.input ?? data.tool_input;
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Record<string, unknown>;
  if (typeof input !== 'string') return {};
  try {
    const parsed: unknown = JSON.parse(input);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Cut JSON: the first string fields are usually whole.
    const found: Record<string, unknown> = {};
    for (const match of input.matchAll(/"(\w+)":\s*"((?:[^"\\]|\\.)*)"/g)) found[match[1]!] = match[2];
    return found;
  }
  return {};
}

/** The file a call touches, or undefined. */
export function fileOf(input: Readonly<Record<string, unknown>>): string | undefined {
  const paths = [input.file_path, input.notebook_path, input.filePath, input.absolute_path, input.path];
  return paths.find(path => typeof path === 'string' && path !== '') as string | undefined;
}

/** Text of a tool's output, whatever its shape: a string, content blocks, or an object. */
export function outputText(output: unknown): string {
  if (typeof output === 'string') return output;
  if (output === null || output === undefined) return '';
  if (Array.isArray(output)) {
    return output
      .map(block => {
        if (typeof block === 'string') return block;
        const record = block as Record<string, unknown> | null;
        return typeof record?.text === 'string'
          ? record.text
          : record?.type === 'image'
            ? '[image]'
            : JSON.stringify(block);
      })
      .join('\n');
  }
  return JSON.stringify(output, null, 2);
}
