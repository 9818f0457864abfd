import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXAMPLE_ID } from '../../examples/tree.ts';
import { applyEvent, initialState, summarize } from '../../src/adw/fold.ts';
import { phaseOfRole } from '../../src/adw/phase.ts';
import type { AdwSummary } from '../../src/adw/summary-shape.ts';
import { createLineParser } from '../../src/sidecar/parse/line-parser.ts';

const ROOT = join(import.meta.dirname, '../../examples/agents', EXAMPLE_ID);
const END = Date.parse('2026-03-02T09:31:20Z');

/** The lines of each role's file. */
function roleLines(): { role: string; lines: string[] }[] {
  return readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('raw_output.jsonl'))
    .map(path => ({
      role: path.split('/')[0] ?? '',
      lines: readFileSync(join(ROOT, path), 'utf8').trimEnd().split('\n'),
    }));
}

/** The summary of all lines, read one file after the other. */
function summaryOfLines(): AdwSummary {
  const state = initialState(EXAMPLE_ID);
  let seq = 0;
  for (const { role, lines } of roleLines()) {
    const path = `${role}/raw_output.jsonl`;
    const generation = {
      adwId: EXAMPLE_ID,
      path,
      role,
      fingerprint: role,
      attempt: 1,
      reason: 'new',
      lostBytes: 0,
    } as const;
    const parser = createLineParser({ generation, phase: phaseOfRole(role), redact: undefined });
    let offset = 0;
    lines.forEach((text, index) => {
      const bytes = Buffer.from(text);
      const line = { bytes, number: index + 1, offset, length: bytes.length + 1, terminated: true };
      offset += line.length;
      for (const event of parser.parse(line, { ms: END, timing: 'estimated' }).events) {
        seq += 1;
        applyEvent(state, { ...event, seq });
      }
    });
  }
  return summarize(state, END, { stallTimeoutMs: 60_000, settleMs: 60_000 });
}

describe('the summary of the example says what its files say', () => {
  const summary = summaryOfLines();
  const lines = roleLines().flatMap(role => role.lines.map(line => JSON.parse(line)));
  const blocks = lines.flatMap(line => line.message?.content ?? []);
  const results = lines.filter(line => line.type === 'result');
  const sum = (of: (line: (typeof lines)[number]) => number) => results.reduce((total, line) => total + of(line), 0);

  test('tool calls and failures', () => {
    expect(summary.totals.tools).toBe(blocks.filter(block => block.type === 'tool_use').length);
    expect(summary.totals.tool_errors).toBe(blocks.filter(block => block.is_error === true).length);
  });

  test('cost and tokens, final', () => {
    expect(summary.totals.cost_usd).toBeCloseTo(
      sum(line => line.total_cost_usd),
      9,
    );
    expect(summary.totals.output_tokens).toBe(sum(line => line.usage.output_tokens));
    expect(summary.totals.cache_read_tokens).toBe(sum(line => line.usage.cache_read_input_tokens));
    expect(summary.totals.cost_estimated).toBe(false);
  });

  test('roles, turns and sub-agents', () => {
    expect(summary.roles.map(role => role.role).toSorted()).toEqual(
      roleLines()
        .map(({ role }) => role)
        .toSorted(),
    );
    expect(summary.roles.every(role => role.status === 'completed')).toBe(true);
    expect(summary.roles.flatMap(role => role.attempts).reduce((total, one) => total + one.turns, 0)).toBe(
      sum(line => line.num_turns),
    );
    const [planner] = summary.roles.filter(role => role.role === 'sdlc_planner');
    expect(planner?.attempts[0]?.tasks).toMatchObject([{ subagent_type: 'Explore', state: 'completed', tools: 4 }]);
  });

  test('files and todos', () => {
    const edited = blocks.filter(block => ['Edit', 'Write'].includes(block.name)).map(block => block.input.file_path);
    expect(summary.files.map(file => file.path).toSorted()).toEqual([...new Set(edited)].toSorted());
    expect(summary.todos.find(list => list.role === 'sdlc_implementor')).toMatchObject({ done: 4 });
  });
});
