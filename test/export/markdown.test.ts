import { marked } from 'marked';
import { describe, expect, test } from 'vitest';
import { exportedMarkdown } from '../../src/export/markdown.ts';
import { ExportRecord } from '../../src/export/record.ts';

const ID = '1a2b3c4d';
const LIMITS = { stallTimeoutMs: 300_000, settleMs: 300_000 };
const VERIFIED = { compared_with: 'disk', is_complete: true, files: [] } as const;

/** The page of a run with these events. */
function pageOf(events: readonly (readonly [string, Record<string, unknown>])[], link?: string): string {
  const record = new ExportRecord(ID, 'epoch');
  for (const [at, [type, fields]] of events.entries()) {
    const timestamp = new Date(Date.UTC(2026, 0, 1, 12, 0, at)).toISOString();
    const data = {
      adw_id: ID,
      event_id: `e${at}`,
      timestamp,
      timing: 'exact',
      agent_role: 'sdlc_implementor',
      attempt: 1,
      ...fields,
    };
    record.add({ seq: at + 1, type, data, dataJson: JSON.stringify(data) });
  }
  const summary = record.summary(Date.UTC(2026, 0, 2), LIMITS);
  return exportedMarkdown({
    summary,
    failures: record.failures,
    changes: record.netChanges(),
    verification: VERIFIED,
    link,
  });
}

const source = { path: 'sdlc_implementor/raw_output.jsonl' };
const edit = (diff: string, added: number, removed: number, more = {}): readonly [string, Record<string, unknown>] => [
  'file_changed',
  { file_path: 'src/a.ts', operation: 'modified', diff, lines_added: added, lines_removed: removed, source, ...more },
];

describe('the page for a pull request', () => {
  test('says how it ended and why, phases, cost, what failed, and where to look', () => {
    const page = pageOf(
      [
        ['tool_use_pre', { tool_name: 'Bash', tool_use_id: 't1', input: { command: 'npm test' }, source }],
        ['tool_use_post', { tool_name: 'Bash', tool_use_id: 't1', success: false, error: 'Exit code 1', source }],
        [
          'session_ended',
          { subtype: 'success', is_error: false, total_cost_usd: 1.84, num_turns: 3, session_id: 's', source },
        ],
        ['status_update', { workflow_name: 'adw_sdlc', status: 'completed', message: 'done' }],
      ],
      'https://build.example/#/adw/1a2b3c4d',
    );
    expect(page).toMatch(/^### ✅ completed/);
    expect(page).toMatch(/\| build \| ✅ completed \| .* \| \$1\.84 \| 1 \|/);
    expect(page).toContain('- `sdlc_implementor` `Bash npm test`: `Exit code 1`');
    expect(page).toContain('[Look at 1a2b3c4d](https://build.example/#/adw/1a2b3c4d)');
  });

  test('counts what files have become, not what edits took back, and says where it cannot', () => {
    const there = edit('@@ -1,1 +1,2 @@\n a\n+b', 1, 0);
    const back = edit('@@ -1,2 +1,1 @@\n a\n-b', 0, 1);
    expect(pageOf([there, back])).toContain('| `src/a.ts` | modified | +0 | −0 | 2 |');
    expect(pageOf([there, edit('@@ …', 7, 3, { truncated: true })])).toContain('| +8 \\* | −3 \\* | 2 |');
    expect(pageOf([there])).toContain('| +1 | −0 | 1 |');
    const unsaid = edit('', 0, 0, { lines_added: null, lines_removed: null });
    expect(pageOf([unsaid])).toContain('| `src/a.ts` | modified |  |  | 1 |');
  });

  test('is text and nothing else, whatever a run says', () => {
    const words = [
      '<script>alert(1)</script> <img src=x onerror=alert(2)>',
      '@octocat see #1 and https://evil.example www.evil.example [x](javascript:alert(3)) ![y](https://evil.example/p.png)',
      '| a | b |\n# heading\n`` ` `` </details>',
    ].join(' ');
    const page = pageOf([
      [
        'agent_updated',
        { state: { issue_title: words, issue_number: '7', branch_name: words }, source: { path: 'adw_state.json' } },
      ],
      ['tool_use_pre', { tool_name: words, tool_use_id: 't1', input: { command: words }, source }],
      ['tool_use_post', { tool_name: words, tool_use_id: 't1', success: false, error: words, source }],
      edit('', 1, 1, { file_path: words, operation: words }),
      ['status_update', { workflow_name: words, status: 'failed', message: words }],
    ]);
    const html = marked.parse(page, { async: false, gfm: true });
    expect(html).not.toMatch(/<(?!\/?(?:h3|p|code|table|thead|tbody|tr|th|td|ul|li|details|summary)\b|!-- -->)/);
    expect(html.match(/<details>/g)?.length).toBe(html.match(/<\/details>/g)?.length);
    // A forge looks for these in the text that is left, outside of code.
    const prose = html.replaceAll(/<code>[\s\S]*?<\/code>/g, '');
    expect(prose).not.toMatch(/@octocat|#1\b|https:\/\/|www\.evil/);
    for (const row of page.split('\n').filter(line => line.startsWith('| `')))
      expect(row.replaceAll('\\|', '').match(/\|/g)).toHaveLength(6);
  });
});
