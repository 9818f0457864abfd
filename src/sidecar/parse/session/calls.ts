import type { ToolKind } from '../../../event/tool-kind.ts';
import { asObject } from '../json.ts';
import type { LineEvents } from '../line-events.ts';
import { bounded, boundsOf, cutOf, firstChars } from '../preview.ts';
import { elapsedMs } from '../time.ts';
import type { OpenTool, Session } from './session.ts';

/** A tool call that begins. */
export interface CallBegin {
  /** As the lines have it; what is no text is none, and its end is then not found. */
  readonly id: string | undefined;
  readonly name: string;
  /** What the tool does; absent where its name says so everywhere, as Claude Code's do. */
  readonly kind?: ToolKind | undefined;
  readonly input: unknown;
  readonly lineUuid?: string | undefined;
}

/** Adds a call, and remembers it until its end. */
export function beginCall({ id, name, kind, input, lineUuid }: CallBegin, session: Session, events: LineEvents): void {
  const shown = firstChars(name, 200);
  if (id !== undefined) {
    const known = { name: shown, kind, input: asObject(input) ?? {}, startedAt: events.time, lineUuid };
    session.openTools.set(id, known);
  }
  const { value, ...cut } = bounded(input ?? {}, boundsOf(events.textCharsMax));
  events.add('tool_use_pre', {
    tool_name: shown,
    tool_use_id: id ?? null,
    ...(kind === undefined ? {} : { tool_kind: kind }),
    input: value,
    ...cut,
  });
}

/** The call that a result answers, which is then no longer open. */
export function closeCall(id: string | undefined, session: Session): OpenTool | undefined {
  const tool = id === undefined ? undefined : session.openTools.get(id);
  if (id !== undefined) session.openTools.delete(id);
  return tool;
}

/** How a call ended. */
export interface CallEnd {
  readonly id: string | undefined;
  readonly success: boolean;
  readonly output: string;
  /** Where it failed and its output does not say why. */
  readonly error?: string | undefined;
  /** How long it took, ms, where the lines say so. */
  readonly durationMs?: number | undefined;
  /** What else the event carries. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Adds a call's end. @param tool the call as {@link closeCall} gave it; undefined where no line told of it */
export function endCall(tool: OpenTool | undefined, end: CallEnd, events: LineEvents): void {
  const { id, success, output, error = output, durationMs, fields } = end;
  events.add('tool_use_post', {
    tool_name: tool?.name ?? 'unknown',
    tool_use_id: id ?? null,
    ...(tool?.kind === undefined ? {} : { tool_kind: tool.kind }),
    output: firstChars(output, events.textCharsMax),
    ...cutOf(output, events.textCharsMax),
    success,
    status: success ? 'success' : 'error',
    error: success ? null : firstChars(error.trim()) || 'The tool failed and said nothing.',
    duration_ms: durationMs ?? (tool === undefined ? null : elapsedMs(tool.startedAt, events.time)),
    ...fields,
  });
}
