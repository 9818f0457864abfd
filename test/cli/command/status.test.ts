import { expect, test } from 'vitest';
import type { AdwSummary } from '../../../src/adw/summary-shape.ts';
import { statusLines } from '../../../src/cli/command/status.ts';
import { assistant, init, toolResult, toolUse } from '../../sidecar/parse/feed.ts';
import { summaryOfFiles } from '../../support/run-of-lines.ts';

const page = (summary: AdwSummary, width = 120) =>
  statusLines(summary, { paint: (_style, text) => text, width }).join('\n');

test('names branch, commit and pull request, where lines of its agents name them', () => {
  const url = 'https://git.example/acme/shop/pull/12';
  const gitOperation = {
    commit: { sha: 'abc1234', kind: 'committed' },
    push: { branch: 'feat-x' },
    pr: { number: 12, url, action: 'created' },
  };
  const lines = [
    init(),
    toolUse('t1', 'Bash', { command: 'git push' }),
    toolResult('t1', 'ok', {}, { tool_use_result: { stdout: 'ok', gitOperation } }),
  ];
  expect(page(summaryOfFiles([{ role: 'shipper', lines }]))).toContain(
    `branch feat-x  commit abc1234  pull request ${url}`,
  );
  expect(page(summaryOfFiles([{ role: 'shipper', lines: lines.slice(0, 2) }]))).not.toMatch(/branch|commit|pull/);
});

test('shows – for a cost that nobody knows: of an unknown model, and where nothing was said yet', () => {
  const usage = { input_tokens: 1_000, output_tokens: 10 };
  const unknown = assistant([{ type: 'text', text: 'ok' }], { model: 'house-model-1', usage });
  for (const lines of [[init()], [init(), unknown]]) {
    const text = page(summaryOfFiles([{ role: 'sdlc_planner', lines }]));
    expect(text).not.toContain('$');
    expect(text).toMatch(/^– · /m);
  }
});
