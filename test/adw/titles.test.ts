import { describe, expect, test } from 'vitest';
import { askedFor, branchTitle, pullRequestIn } from '../../src/adw/fold-ticket.ts';
import { log, summaryOf } from './log.ts';

const prompt = (message: string, role = 'issue_classifier'): [string, Record<string, unknown>] => [
  'agent_log',
  { agent_role: role, event_type: 'prompt', level: 'INFO', message },
];
const state = (content: object): [string, Record<string, unknown>] => ['agent_updated', { state: content }];
const plan = (title: string, type = 'plan'): [string, Record<string, unknown>] => [
  'spec_created',
  { spec_path: `specs/${title}.md`, spec_type: type, metadata: { title } },
];
const summary = (asked: string): [string, Record<string, unknown>] => [
  'status_update',
  { status: 'completed', message: 'done', told_by: 'summary_file', prompt: asked, workflow_name: 'plan_build' },
];

describe('the title of a run', () => {
  const all = [
    state({ issue_title: 'Dark mode' }),
    summary('Add a dark mode'),
    plan('Chore: dark mode'),
    prompt('Go.'),
  ];

  test.each([
    ["is the issue's", 0, 'Dark mode'],
    ["else what the workflow's summary says was asked for", 1, 'Add a dark mode'],
    ["else the plan's heading", 2, 'Chore: dark mode'],
    ['else the first line of the first prompt', 3, 'Go.'],
  ])('%s', (_, from, title) => {
    expect(summaryOf(log(...all.slice(from))).title).toBe(title);
  });

  test('else the branch, as a person reads it', () => {
    expect(summaryOf(log(state({ branch_name: 'feat/issue-6-adw-a1b2c3d4-add-colour-themes' }))).title).toBe(
      'add colour themes',
    );
    expect(branchTitle('main', 'a1b2c3d4')).toBe('main');
  });

  test('is not that of a patch, nor of a later prompt', () => {
    expect(summaryOf(log(prompt('First.'), prompt('Second.', 'sdlc_planner'), plan('Patch', 'patch'))).title).toBe(
      'First.',
    );
  });

  test('is that of the first role where a copy gave all prompts one time, and not what an agent tells itself', () => {
    const at = { timing: 'estimated', timestamp: '2026-01-01T12:00:00.000Z' };
    const copied = (message: string, role: string, more: object = {}): [string, Record<string, unknown>] => {
      const [type, data] = prompt(message, role);
      return [type, { ...data, ...at, ...more }];
    };
    const line = { source: { path: 'p', fingerprint: 'f' }, timestamp: '2026-01-01T11:00:00.000Z' };
    const given = [
      copied('Build.', 'sdlc_implementor'),
      copied('# Prime', 'sdlc_planner', line),
      copied('Classify.', 'issue_classifier'),
    ];
    expect(summaryOf(log(...given)).title).toBe('Classify.');
    expect(summaryOf(log(...given.toReversed())).title).toBe('Classify.');
  });

  test('is unknown where nothing says it', () => {
    expect(summaryOf(log(state({ issue_number: 7 }))).title).toBeNull();
  });
});

describe('a prompt', () => {
  test.each([
    ['# Fix the clock\n\nIt is late.', 'Fix the clock'],
    ['/chore a1b2c3d4 "Rename the tool"', 'chore: a1b2c3d4 "Rename the tool"'],
    ['/classify_issue {"number":6,"title":"Add \\"dark\\" mode","body":"…"}', 'Add "dark" mode'],
    ['/commit', '/commit'],
    ['\n\n', ''],
  ])('%j asks for %j', (text, title) => {
    expect(askedFor(text)).toBe(title);
  });
});

test('a pull request is found in what an agent says at its end', () => {
  expect(pullRequestIn('Opened https://github.com/o/r/pull/42. Done.')).toBe('https://github.com/o/r/pull/42');
  expect(pullRequestIn('no address')).toBeNull();
  const ended: [string, Record<string, unknown>] = [
    'session_ended',
    { agent_role: 'pr_creator', subtype: 'success', is_error: false, result: 'https://github.com/o/r/pull/7' },
  ];
  expect(summaryOf(log(ended)).pull_request).toBe('https://github.com/o/r/pull/7');
});
