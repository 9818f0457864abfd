import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ReferenceServer, startReferenceServer, type Taken } from '../../programs/reference-server.ts';
import { stateDirOf, temporaryDirectory } from '../processes.ts';

/** The id of the ADW that {@link oneRole} makes. */
export const ADW = 'abcd1234';

/** The reference's answer to a sidecar: its server, for the running test. */
export async function reference(...args: Parameters<typeof startReferenceServer>): Promise<ReferenceServer> {
  const server = await startReferenceServer(...args);
  onTestFinished(() => server.close());
  return server;
}

/** A line of an agent that says `text`. */
export const line = (text: string) =>
  `${JSON.stringify({ type: 'assistant', message: { id: text, role: 'assistant', content: [{ type: 'text', text }] } })}\n`;

/** An ADW with one role, whose file a test writes. */
export async function oneRole(...texts: readonly string[]) {
  const root = await temporaryDirectory();
  const directory = join(root, 'agents', ADW, 'sdlc_planner');
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'raw_output.jsonl');
  await writeFile(file, texts.map(line).join(''));
  return { root, file, letters: join(stateDirOf(root), `${ADW}.rejected.ndjson`) };
}

type Fields = Readonly<Record<string, unknown>>;

/** What a POST tells: its own `event_type` or else its route, and its data. */
export function told({ route, body }: Taken): { kind: string; data: Fields } {
  if (route === '/api/agent-state-update') return { kind: String(body.event_type), data: body.data as Fields };
  if (route === '/api/workflow-updates') return { kind: String(body.type), data: body.data as Fields };
  return { kind: route.replace('/api/', ''), data: body };
}

/** The POSTs that come from one file of the tree, in order. */
export function ofFile(taken: readonly Taken[], path: string): { kind: string; data: Fields }[] {
  return taken.map(told).filter(({ data }) => (data.source as { path?: string } | undefined)?.path === path);
}

/** What the lines of a role's file say, as a reference server has to be told, in order: kinds with what names each. */
export function saidBy(lines: readonly string[]): string[] {
  return lines.flatMap(line => {
    const { type, message } = JSON.parse(line) as { type: string; message?: { content?: unknown } };
    const blocks = Array.isArray(message?.content) ? (message.content as Fields[]) : [];
    return blocks.flatMap(block => {
      if (type === 'assistant' && block.type === 'thinking') return [`thinking ${start(block.thinking)}`];
      if (type === 'assistant' && block.type === 'text') return [`text_block ${start(block.text)}`];
      if (type === 'assistant' && block.type === 'tool_use') return [`tool_execution_pre ${block.id}`];
      if (type === 'user' && block.type === 'tool_result') return [`tool_execution_post ${block.tool_use_id}`];
      return [];
    });
  });
}

const NAMES: Readonly<Record<string, string>> = {
  thinking: 'content',
  text_block: 'content',
  tool_execution_pre: 'tool_use_id',
  tool_execution_post: 'tool_use_id',
};

/** The same of what was posted. */
export function saidTo(posts: readonly { kind: string; data: Fields }[]): string[] {
  return posts.flatMap(({ kind, data }) => {
    const name = NAMES[kind];
    return name === undefined ? [] : [`${kind} ${start(data[name])}`];
  });
}

/** The lines that the raw chunks hold, in order. */
export function rawLines(posts: readonly { kind: string; data: Fields }[]): string[] {
  return posts
    .filter(({ kind }) => kind === 'agent-output-chunk')
    .flatMap(({ data }) => String(data.content).split('\n'));
}

/** Events that were told more than once in the same form. */
export function repeated(taken: readonly Taken[]): string[] {
  const ids = taken.map(told).map(({ kind, data }) => `${kind} ${data.event_id}`);
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}

function start(text: unknown): string {
  return String(text).slice(0, 60);
}
