import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../../src/event/parse-event.ts';
import type { FileOrigin } from '../../../../src/sidecar/parse/files/file-events.ts';
import { promptEvents } from '../../../../src/sidecar/parse/files/prompt.ts';
import { roleEvents } from '../../../../src/sidecar/parse/files/role.ts';
import { screenshotEvents } from '../../../../src/sidecar/parse/files/screenshot.ts';
import { specEvents, specType } from '../../../../src/sidecar/parse/files/spec.ts';
import { readState, stateEvents, unreadableStateEvents } from '../../../../src/sidecar/parse/files/state-file.ts';
import { createRedactor } from '../../../../src/sidecar/parse/redact.ts';
import { dataOf, pngBytes } from '../feed.ts';

const redact = createRedactor({ patterns: {} });
const SECRET = `ghp_${'a1B2'.repeat(9)}`;
const origin = (path: string, fields: Partial<FileOrigin> = {}): FileOrigin => ({
  adwId: '1a2b3c4d',
  path,
  time: { ms: 0, timing: 'estimated' },
  ...fields,
});

describe('a screenshot', () => {
  const path = 'reviewer/review_img/01 home.png';

  it('is announced, stored, and told in the log that people read', () => {
    const { events, artifacts } = screenshotEvents(origin(path, { role: 'reviewer', phase: 'review' }), pngBytes(1));
    expect(events.map(event => event.type)).toEqual(['screenshot_available', 'artifact', 'agent_log']);
    expect(events.every(event => parseEvent(event).ok)).toBe(true);
    const url = '/api/v1/adws/1a2b3c4d/artifacts/reviewer/review_img/01%20home.png';
    expect(dataOf(events, 'screenshot_available')[0]).toMatchObject({
      screenshot_path: path,
      screenshot_type: 'review',
      url,
      agent_role: 'reviewer',
      metadata: { file_name: '01 home.png' },
    });
    expect(dataOf(events, 'agent_log')[0]?.message).toBe(`Screenshot: ${path}`);
    expect(artifacts).toMatchObject([{ path, mediaType: 'image/png' }]);
  });

  it('has the same ids for the same content and others for another', () => {
    const ids = (seed: number) =>
      screenshotEvents(origin(path), pngBytes(seed)).events.map(event => event.data.event_id);
    expect(ids(1)).toEqual(ids(1));
    expect(ids(1)).not.toEqual(ids(2));
  });

  it('is nothing when it is no image', () => {
    expect(screenshotEvents(origin(path), Buffer.from('<svg onload="x">')).events).toEqual([]);
  });
});

describe('a spec', () => {
  it.each([
    ['specs/issue-6-adw-1a2b3c4d-sdlc_planner-review-patches.md', 'plan'],
    ['1a2b3c4d_plan_spec.md', 'plan'],
    ['specs/patch/patch-adw-1a2b3c4d-fix.md', 'patch'],
    ['trees/1a2b3c4d/specs/review-1a2b3c4d.md', 'review'],
  ])('%s is a %s', (path, type) => {
    expect(specType(path)).toBe(type);
  });

  it('is announced with its title and stored without its secrets', () => {
    const { events, artifacts, redactions } = specEvents(
      origin('specs/plan-1a2b3c4d.md'),
      Buffer.from(`# The plan\n\nToken ${SECRET}\n`),
      redact,
    );
    expect(events.map(event => event.type)).toEqual(['spec_created', 'artifact', 'agent_log']);
    expect(dataOf(events, 'spec_created')[0]).toMatchObject({
      spec_type: 'plan',
      metadata: { title: 'The plan', sha256: artifacts[0]?.sha256 },
    });
    expect(artifacts[0]?.bytes.toString()).toBe('# The plan\n\nToken [redacted:github-token]\n');
    expect(redactions).toEqual({ 'github-token': 1 });
  });
});

describe('a prompt', () => {
  it('is an agent_log that quotes it without its secrets', () => {
    const { events } = promptEvents(
      origin('sdlc_planner/prompts/feature.txt', { role: 'sdlc_planner' }),
      Buffer.from(`/feature use ${SECRET}`),
      redact,
    );
    expect(dataOf(events, 'agent_log')).toMatchObject([
      {
        event_type: 'prompt',
        level: 'INFO',
        message: '/feature use [redacted:github-token]',
        summary: 'Prompt feature',
        agent_role: 'sdlc_planner',
      },
    ]);
  });
});

describe('adw_state.json', () => {
  const read = (state: object) => readState(JSON.stringify(state), redact)!;
  const FILE = origin('adw_state.json');

  it('is read as Python writes it, with numbers that JSON does not have', () => {
    const text = '{"issue_number":"42","branch_name":"feat-x","metrics":{"score":NaN,"max":-Infinity}}';
    const { events } = stateEvents(FILE, readState(text, redact)!, undefined);
    expect(dataOf(events, 'agent_updated')[0]?.state).toEqual({
      issue_number: '42',
      branch_name: 'feat-x',
      metrics: { score: 'NaN', max: '-Infinity' },
    });
  });

  it('tells the whole state and which members changed', () => {
    const first = read({ adw_id: '1a2b3c4d', issue_number: 7, plan_file: null });
    const second = read({ adw_id: '1a2b3c4d', plan_file: 'specs/a.md', token: SECRET });
    expect(dataOf(stateEvents(FILE, first, undefined).events, 'agent_updated')[0]?.changed_fields).toEqual([
      'adw_id',
      'issue_number',
      'plan_file',
    ]);
    const { events } = stateEvents(FILE, second, first.state);
    expect(events.map(event => event.type)).toEqual(['agent_updated', 'agent_summary_update']);
    expect(dataOf(events, 'agent_updated')[0]).toMatchObject({
      changed_fields: ['plan_file', 'token', 'issue_number'],
      state: { plan_file: 'specs/a.md', token: '[redacted:github-token]' },
    });
  });

  it('says nothing when nothing changed', () => {
    const state = read({ a: { b: [1] } });
    expect(stateEvents(FILE, read({ a: { b: [1] } }), state.state).events).toEqual([]);
  });

  it('says where the plan and the worktree are', () => {
    const { places } = read({
      plan_file: 'specs/a.md',
      worktree_path: '/repo/trees/1a2b3c4d',
    });
    expect(places).toEqual({
      planFile: 'specs/a.md',
      worktreePath: '/repo/trees/1a2b3c4d',
    });
    expect(read({ plan_file: 4, worktree_path: '' }).places).toEqual({
      planFile: undefined,
      worktreePath: undefined,
    });
  });

  it('is not read while it is half-written, and that can be said', () => {
    for (const text of ['', '{"adw_id": "1a2b', '[]']) expect(readState(text, redact)).toBeUndefined();
    expect(dataOf(unreadableStateEvents(FILE, '').events, 'agent_log')).toMatchObject([
      { level: 'WARNING', message: 'adw_state.json is empty' },
    ]);
  });

  it('survives members of any type and depth', () => {
    const deep = `{"issue_number":{"toString":1},"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    expect(stateEvents(FILE, readState(deep, redact)!, undefined).events).toHaveLength(2);
  });
});

describe('a new role directory', () => {
  const role = (previousPhase: 'plan' | 'build' | 'ship' | undefined, phase: 'build' | 'ship' | undefined) =>
    roleEvents({ ...origin('some_role'), role: 'some_role', phase, previousPhase }).events;

  it('is announced, with the phase and the stage it begins', () => {
    const events = role('plan', 'build');
    expect(events.map(event => event.type)).toEqual(['agent_created', 'workflow_phase_transition', 'stage_transition']);
    expect(dataOf(events, 'workflow_phase_transition')[0]).toMatchObject({ phase_from: 'plan', phase_to: 'build' });
    expect(dataOf(events, 'stage_transition')[0]).toMatchObject({ from_stage: 'plan', to_stage: 'build' });
  });

  it('begins in the backlog, and leaves out stages that the board does not know', () => {
    expect(dataOf(role(undefined, 'build'), 'stage_transition')[0]).toMatchObject({ from_stage: 'backlog' });
    expect(role('build', 'ship').map(event => event.type)).toEqual(['agent_created', 'workflow_phase_transition']);
  });

  it('moves a card and begins no phase where it is an agent of a factory, whose phases are its own', () => {
    const agent = {
      ...origin('builder'),
      role: 'builder',
      phase: 'build',
      previousPhase: 'plan',
      isAgent: true,
    } as const;
    expect(roleEvents(agent).events.map(event => event.type)).toEqual(['agent_created', 'stage_transition']);
  });

  it('is no transition when it has the same phase or none', () => {
    expect(role('build', 'build').map(event => event.type)).toEqual(['agent_created']);
    expect(role('build', undefined).map(event => event.type)).toEqual(['agent_created']);
  });
});
