import { writeFileSync } from 'node:fs';
import { appendFile, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { drawPng } from '../../../examples/png.ts';
import { silentLogger } from '../../../src/base/log.ts';
import type { SidecarSummary } from '../../../src/sidecar/flow.ts';
import { runSidecar } from '../../../src/sidecar/pipeline.ts';
import { until } from '../../support/until.ts';
import { temporaryDirectory } from '../processes.ts';
import { sidecarOptions } from './example.ts';
import { reference, saidTo, told } from './posts.ts';
import type { Rule } from './rules.ts';

const ADW = 'abcd1234';

interface Watched {
  /** Writes a file of the repository. */
  write(path: string, content: string | Buffer): Promise<void>;
  append(path: string, content: string): Promise<void>;
  /** What the server was told, as `kind`s with what each says. */
  heard(): readonly { readonly kind: string; readonly data: Readonly<Record<string, unknown>> }[];
  /** Waits until something of a kind was told that has these fields. */
  hears(kind: string, fields: Readonly<Record<string, unknown>>): Promise<void>;
  readonly root: string;
}

/** Runs `act` while the repository is watched and told to a reference server, then stops cleanly. */
async function watching(act: (watched: Watched) => Promise<unknown>): Promise<Watched & { summary: SidecarSummary }> {
  const server = await reference();
  const root = await temporaryDirectory();
  await mkdir(join(root, 'agents'));
  const stop = new AbortController();
  const summary = runSidecar({
    ...sidecarOptions(root, ADW),
    server: server.url,
    follow: true,
    signal: stop.signal,
    log: silentLogger,
  });
  const write = async (path: string, content: string | Buffer) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    // The sidecar runs in this process: it never finds the file emptied and not written yet.
    writeFileSync(join(root, path), content);
  };
  const heard = () => server.taken.map(told);
  const watched: Watched = {
    root,
    write,
    append: (path, content) => appendFile(join(root, path), content),
    heard,
    hears: async (kind, fields) => {
      const fits = (data: unknown) => expect.objectContaining(fields).asymmetricMatch(data);
      await until(`${kind} ${JSON.stringify(fields)}`, () =>
        heard().some(post => post.kind === kind && fits(post.data)),
      );
    },
  };
  await act(watched);
  stop.abort();
  return { ...watched, summary: await summary };
}

const block = (...content: unknown[]) => `${JSON.stringify({ type: 'assistant', message: { id: 'm', content } })}\n`;
const text = (words: string) => block({ type: 'text', text: words });
const result = (tool_use_id: string, is_error: boolean) =>
  `${JSON.stringify({ type: 'user', message: { content: [{ type: 'tool_result', tool_use_id, is_error, content: 'no' }] } })}\n`;

const STREAM = `agents/${ADW}/sdlc_planner/raw_output.jsonl`;

/** A file that repeats or summarizes what a stream has said already: nothing is told of it. */
const untold =
  (...names: readonly string[]): Rule =>
  async () => {
    const { heard } = await watching(async ({ write, append, hears }) => {
      // What repeats a stream is told where none lies beside it.
      await write(STREAM, text('words'));
      for (const name of names) await write(`agents/${ADW}/sdlc_planner/${name}`, '{"type":"result"}\n');
      await append(STREAM, text('more'));
      await hears('text_block', { content: 'more' });
    });
    const paths = heard().map(({ data }) => (data.source as { path?: string } | undefined)?.path);
    for (const name of names) expect(paths).not.toContain(`sdlc_planner/${name}`);
  };

const streamRule =
  (path: string): Rule =>
  async () => {
    await watching(async ({ write, hears }) => {
      await write(path, text('words'));
      await hears('text_block', { content: 'words' });
      await hears('agent-output-chunk', { content: text('words').trimEnd(), line_number: 1, total_lines: 1 });
    });
  };

/** The files that the reference's workflows write, and what its server is told of each. */
export const FILES: Readonly<Record<string, Rule>> = {
  'agents/{id}/adw_state.json': async () => {
    await watching(async ({ write, hears }) => {
      await write(`agents/${ADW}/adw_state.json`, '{"issue_number":"7"}');
      await hears('state_change', { state: { issue_number: '7' }, changed_fields: ['issue_number'] });
    });
  },
  'agents/{id}/{role}/raw_output.jsonl': streamRule(STREAM),
  'agents/{id}/{role}/raw_output.json': untold('raw_output.json'),
  'agents/{id}/{role}/prompts/{command}.txt': async () => {
    await watching(async ({ write, hears }) => {
      await write(`agents/${ADW}/sdlc_planner/prompts/plan.txt`, 'Plan it.');
      await hears('log_entry', { event_type: 'prompt' });
    });
  },
  'agents/{id}/adw_*_iso/execution.log': async () => {
    await watching(async ({ write, hears }) => {
      await write(`agents/${ADW}/adw_plan_iso/execution.log`, '2026-01-01 10:00:00 - WARNING - slow\n');
      await hears('log_entry', { message: 'slow', level: 'WARNING' });
    });
  },
  'agents/{id}/{role}/review_img/*.png': async () => {
    await watching(async ({ write, hears }) => {
      await write(
        `agents/${ADW}/reviewer/review_img/1.png`,
        drawPng([{ x: 0, y: 0, width: 2, height: 2, color: '000000' }]),
      );
      const metadata = expect.objectContaining({ file_name: '1.png', file_size: expect.any(Number) });
      await hears('screenshot-available', {
        screenshot_path: 'reviewer/review_img/1.png',
        screenshot_type: 'review',
        metadata,
      });
      await hears('log_entry', { message: 'Screenshot: reviewer/review_img/1.png' });
    });
  },
  'specs/*{id}*.md': async () => {
    await watching(async ({ write, hears }) => {
      const spec_path = `specs/issue-7-adw-${ADW}-sdlc_planner-x.md`;
      await write(`agents/${ADW}/adw_state.json`, '{}');
      await write(spec_path, '# Plan');
      await hears('spec-created', { spec_path, spec_type: 'plan' });
    });
  },
  'trees/{id}/…': async () => {
    await watching(async ({ write, hears }) => {
      await write(`agents/${ADW}/adw_state.json`, '{}');
      await write(`trees/${ADW}/agents/${ADW}/tester/raw_output.jsonl`, text('from the worktree'));
      await write(`trees/${ADW}/specs/issue-7-adw-${ADW}-sdlc_planner-x.md`, '# Plan');
      await hears('text_block', { content: 'from the worktree', agent_role: 'tester' });
      await hears('spec-created', { spec_type: 'plan' });
    });
  },
  'agents/{id}/{role}/cc_raw_output.jsonl': streamRule(`agents/${ADW}/planner/cc_raw_output.jsonl`),
  'agents/{id}/{role}/cc_*.json, custom_summary_output.json': untold(
    'cc_raw_output.json',
    'cc_final_object.json',
    'custom_summary_output.json',
  ),
  'agents/{id}/adw_messages.jsonl': streamRule(`agents/${ADW}/adw_messages.jsonl`),
  'agents/{id}/{role}/agent.log': untold('agent.log'),
};

/** Where the reference's own monitor goes wrong, and what is told instead. */
export const MONITOR: Readonly<Record<string, Rule>> = {
  'A line half written': async () => {
    const { heard } = await watching(async ({ write, append, hears }) => {
      await write(STREAM, text('whole') + text('in two pieces').slice(0, 40));
      await hears('text_block', { content: 'whole' });
      await append(STREAM, text('in two pieces').slice(40));
      await hears('text_block', { content: 'in two pieces' });
    });
    expect(saidTo(heard())).toEqual(['text_block whole', 'text_block in two pieces']);
  },
  'A file that is rewritten': async () => {
    const { heard } = await watching(async ({ write, hears }) => {
      await write(STREAM, text('first try'));
      await hears('text_block', { content: 'first try' });
      await write(STREAM, text('second'));
      await hears('text_block', { content: 'second', attempt: 2 });
    });
    expect(heard().some(({ data }) => /attempt 2 started \(rewritten/.test(String(data.message)))).toBe(true);
  },
  'The role of what is told': async () => {
    const { heard } = await watching(async ({ write, hears }) => {
      await write(STREAM, text('words'));
      await hears('text_block', { content: 'words' });
    });
    const ofStream = heard().filter(({ data }) =>
      (data.source as { path?: string } | undefined)?.path?.endsWith('.jsonl'),
    );
    expect(new Set(ofStream.map(({ data }) => data.agent_role))).toEqual(new Set(['sdlc_planner']));
  },
  'A tool that failed': async () => {
    await watching(async ({ write, hears }) => {
      await write(STREAM, block({ type: 'tool_use', id: 't1', name: 'Bash', input: {} }) + result('t1', true));
      await hears('tool_execution_post', { tool_name: 'Bash', tool_use_id: 't1', status: 'error', success: false });
    });
  },
  'How a session ended': async () => {
    await watching(async ({ write, hears }) => {
      const end = {
        type: 'result',
        subtype: 'success',
        is_error: false,
        num_turns: 3,
        total_cost_usd: 0.5,
        result: 'ok',
      };
      await write(STREAM, text('words') + JSON.stringify(end));
      await hears('log_entry', { message: 'session completed (3 turns, $0.5000)', level: 'SUCCESS' });
    });
  },
  'A spec that is changed': async () => {
    const { heard } = await watching(async ({ write, hears }) => {
      const path = `specs/issue-7-adw-${ADW}-sdlc_planner-x.md`;
      await write(`agents/${ADW}/adw_state.json`, '{}');
      await write(path, '# Plan');
      await hears('spec-created', { spec_path: path });
      await write(path, '# Another plan');
      const metadata = expect.objectContaining({ title: 'Another plan' });
      await hears('spec-created', { spec_path: path, metadata });
    });
    expect(heard().filter(({ kind }) => kind === 'spec-created')).toHaveLength(2);
  },
  'A directory that is not there': async () => {
    const { root, summary } = await watching(async () => {});
    expect([summary.files, await readdir(join(root, 'agents'))]).toEqual([0, []]);
  },
};
