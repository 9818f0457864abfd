import { sha256Hex } from '../../../../event/id.ts';
import type { ToolKind } from '../../../../event/tool-kind.ts';
import { asArray, asNumber, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { beginCall, type CallEnd, closeCall, endCall } from '../../session/calls.ts';
import { changeFields } from '../../session/file-change.ts';
import { outputText } from '../../session/output.ts';
import { quote } from '../../session/report.ts';
import { addText, addThinking } from '../../session/says.ts';
import { pathBases } from '../../session/session.ts';
import { todoItems } from '../../session/todos.ts';
import type { CodexSession } from './session.ts';

/** How far an item is, by its line. */
export type ItemState = 'started' | 'updated' | 'completed';
/** Interprets one item. */
export type ItemReader = (item: JsonObject, state: ItemState, session: CodexSession, events: LineEvents) => void;

/** A call, by its item. */
interface Call {
  readonly name: string;
  readonly kind: ToolKind | undefined;
  readonly input: JsonObject;
}

/** A reader for items that are whole when they are completed. */
const whole =
  (read: (item: JsonObject, session: CodexSession, events: LineEvents) => void): ItemReader =>
  (item, state, session, events) => {
    if (state === 'completed') read(item, session, events);
  };

/** A reader for items that are calls. @param endOf how one ended */
const call =
  (
    callOf: (item: JsonObject) => Call,
    endOf: (item: JsonObject) => Pick<CallEnd, 'success' | 'output' | 'error'>,
    then: (item: JsonObject, id: string | undefined, session: CodexSession, events: LineEvents) => void = () =>
      undefined,
  ): ItemReader =>
  (item, state, session, events) => {
    const id = callIdOf(item, session);
    const isOpen = id !== undefined && session.openTools.has(id);
    if (!isOpen) beginCall({ id, ...callOf(item) }, session, events);
    if (state !== 'completed') return;
    const end = endOf(item);
    endCall(closeCall(id, session), { id, ...end }, events);
    if (end.success) then(item, id, session, events);
  };

/** Every kind of item. Source: `ThreadItem` of the typings. */
export const ITEM_KINDS = {
  agent_message: whole((item, session, events) => {
    session.answer = asText(item.text) ?? '';
    addText(session.answer, session, events);
  }),
  reasoning: whole((item, session, events) => addThinking(asText(item.text) ?? '', session, events)),
  command_execution: call(
    item => ({ name: 'shell', kind: 'run', input: { command: commandIn(asText(item.command) ?? '') } }),
    commandEnd,
  ),
  file_change: call(
    item => ({ name: 'apply_patch', kind: 'edit', input: { changes: item.changes, ...firstPath(item) } }),
    patchEnd,
    patched,
  ),
  mcp_tool_call: call(
    item => ({
      name: `mcp__${asText(item.server) ?? 'unnamed'}__${asText(item.tool) ?? 'unnamed'}`,
      kind: undefined,
      input: asObject(item.arguments) ?? {},
    }),
    mcpEnd,
  ),
  web_search: call(
    item => ({ name: 'web_search', kind: 'fetch', input: { query: item.query } }),
    () => ({ success: true, output: '' }),
  ),
  todo_list: (item, _state, session, events) => {
    const list = asArray(item.items).map(asObject);
    const items = todoItems(
      list.map(one => ({ content: one?.text, status: one?.completed === true ? 'completed' : 'pending' })),
    );
    // The turn's end says the list once more.
    const told = JSON.stringify(items);
    if (told === session.todos) return;
    session.todos = told;
    events.add('todo_update', { items });
  },
  error: whole((item, _session, events) => {
    events.log('WARNING', quote(item.message) || 'error', { event_category: 'system', event_type: 'error' });
  }),
} satisfies Readonly<Record<string, ItemReader>>;

/** An item's id, told apart from those of every other process: each counts from 0. */
function callIdOf(item: JsonObject, { path, attempt, processes }: CodexSession): string | undefined {
  const id = asText(item.id);
  return id === undefined
    ? undefined
    : `${id.slice(0, 60)}-${sha256Hex(`${path}\0${attempt}\0${processes}`).slice(0, 10)}`;
}

/** What a shell was given to run, without the shell: `/bin/bash -lc 'ls'`. */
export function commandIn(command: string): string {
  const [, script] = /^(?:\S*\/)?(?:ba|z|da)?sh -l?c ([\s\S]+)$/.exec(command) ?? [];
  if (script === undefined) return command;
  const [, quoted] = /^'([\s\S]*)'$/.exec(script) ?? [];
  if (quoted !== undefined) return quoted.replaceAll(/'\\''|'"'"'/g, "'");
  const [, double] = /^"([\s\S]*)"$/.exec(script) ?? [];
  return double === undefined ? script : double.replaceAll(/\\(["\\$`])/g, '$1');
}

function commandEnd(item: JsonObject) {
  const output = asText(item.aggregated_output) ?? '';
  const code = asNumber(item.exit_code);
  if (item.status === 'completed' && (code ?? 0) === 0) return { success: true, output };
  const how =
    item.status === 'declined'
      ? 'The command was declined.'
      : code === undefined
        ? ''
        : `Command exited with code ${code}`;
  return { success: false, output, error: [output.trimEnd(), how].filter(Boolean).join('\n') };
}

function patchEnd(item: JsonObject) {
  const success = item.status === 'completed';
  const output = changesOf(item)
    .map(({ kind, path }) => `${kind} ${path}`)
    .join('\n');
  return { success, output, ...(success ? {} : { error: 'The patch was not applied.' }) };
}

function mcpEnd(item: JsonObject) {
  const error = asText(asObject(item.error)?.message);
  const success = item.status === 'completed' && error === undefined;
  return { success, output: outputText(asObject(item.result)?.content ?? []), ...(success ? {} : { error }) };
}

const OPERATIONS = { add: 'created', update: 'modified', delete: 'deleted' } as const;

/** The files that a patch changed; what it changed in them is not said. */
function patched(item: JsonObject, id: string | undefined, session: CodexSession, events: LineEvents): void {
  for (const { kind, path } of changesOf(item)) {
    const operation = Object.hasOwn(OPERATIONS, kind) ? OPERATIONS[kind as keyof typeof OPERATIONS] : 'modified';
    const change = changeFields({ path, operation, hunks: undefined }, pathBases(session));
    events.add('file_changed', { ...change, tool_use_id: id ?? null });
  }
}

function changesOf(item: JsonObject): { readonly kind: string; readonly path: string }[] {
  return asArray(item.changes)
    .map(asObject)
    .map(change => ({ kind: asText(change?.kind) ?? 'update', path: asText(change?.path) ?? '' }))
    .filter(({ path }) => path !== '');
}

/** What a call is shown by: its file, where it is one. */
function firstPath(item: JsonObject): JsonObject {
  const [first] = changesOf(item);
  return first === undefined ? {} : { file_path: first.path };
}
