import { expect } from 'vitest';
import { type DropIn, startOwnDropIn } from './drop-in.ts';

const ADW = 'b0a4d001';

/** What the board sends when a person makes a task. */
const TASK = {
  adw_id: ADW,
  issue_title: 'Add a dark mode',
  issue_body: 'As in the settings.',
  issue_class: 'feature',
  current_stage: 'backlog',
  status: 'pending',
  workflow_name: 'adw_plan_build_iso',
  branch_name: 'feature-issue-42-adw-b0a4d001',
  worktree_path: '/home/jo/shop/trees/b0a4d001',
  data_source: 'kanban',
};

/** Asks as the board's service for its database does. */
async function ask({ server }: DropIn, method: string, path: string, body?: unknown) {
  const response = await fetch(server.url + path, {
    method,
    headers: { 'content-type': 'application/json', origin: 'http://localhost:9200' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** The card of the run, as the board reads it after a reload. */
async function reload(dropIn: DropIn): Promise<Record<string, unknown> | undefined> {
  const { body } = await ask(dropIn, 'GET', '/api/adws');
  return (body.adws as Record<string, unknown>[]).find(({ adw_id }) => adw_id === ADW);
}

function progress(step: string, status = 'in_progress') {
  const message = `Now: ${step}`;
  const data = { adw_id: ADW, workflow_name: 'adw_plan_build_iso', status, message, current_step: step };
  return { type: 'status_update', data: { ...data, timestamp: '2026-01-01T12:00:00.000Z' } };
}

/** What the board does with its cards, by the row of the table that says how it works here. */
export const CARD_RULES: Readonly<Record<string, () => Promise<void>>> = {
  'POST /api/adws': async () => {
    const dropIn = await startOwnDropIn();
    const made = await ask(dropIn, 'POST', '/api/adws', TASK);
    const { worktree_path: _, ...told } = TASK;
    expect(made).toMatchObject({ status: 201, body: { ...told, worktree_path: 'trees/b0a4d001', is_stuck: false } });
    expect((await ask(dropIn, 'POST', '/api/adws', TASK)).status).toBe(409);
    expect((await ask(dropIn, 'POST', '/api/adws', { ...TASK, adw_id: '../..' })).status).toBe(400);
    expect((await ask(dropIn, 'POST', '/api/adws', { ...TASK, current_stage: 'nowhere' })).status).toBe(422);
    await dropIn.post('/api/agent-log-entry', { adw_id: '00000001', message: 'another run' });
    expect(await reload(dropIn)).toMatchObject({ issue_title: TASK.issue_title, current_stage: 'backlog' });
  },
  'PATCH /api/adws/{adw_id}': async () => {
    const dropIn = await startOwnDropIn();
    expect((await ask(dropIn, 'PATCH', `/api/adws/${ADW}`, { current_stage: 'plan' })).status).toBe(404);
    await ask(dropIn, 'POST', '/api/adws', TASK);
    const moved = await ask(dropIn, 'PATCH', `/api/adws/${ADW}`, { current_stage: 'pr', issue_title: 'Dark mode' });
    expect(moved).toMatchObject({ status: 200, body: { adw_id: ADW, current_stage: 'pr', issue_title: 'Dark mode' } });
    await ask(dropIn, 'PATCH', `/api/adws/${ADW}`, { completed_at: '2026-01-02T00:00:00.000Z' });
    expect(await reload(dropIn)).toMatchObject({ status: 'completed', completed: true, current_stage: 'pr' });
    expect((await ask(dropIn, 'PATCH', `/api/adws/${ADW}`, { current_stage: 7 })).status).toBe(422);
  },
  'DELETE /api/adws/{adw_id}': async () => {
    const dropIn = await startOwnDropIn();
    await ask(dropIn, 'POST', '/api/adws', TASK);
    await dropIn.post('/api/workflow-updates', progress('Initializing'));
    expect(await ask(dropIn, 'DELETE', `/api/adws/${ADW}`)).toMatchObject({ status: 200, body: { adw_id: ADW } });
    expect(await reload(dropIn)).toBeUndefined();
    expect((await ask(dropIn, 'GET', `/api/adws/${ADW}`)).status).toBe(404);
    expect((await ask(dropIn, 'GET', '/api/adws?include_deleted=true')).body.total_count).toBe(1);
    expect((await ask(dropIn, 'GET', `/api/v1/adws/${ADW}`)).status).toBe(200);
  },
  'Moved while it watches': async () => {
    const dropIn = await startOwnDropIn();
    const board = await dropIn.board();
    await ask(dropIn, 'POST', '/api/adws', TASK);
    const columns: unknown[] = [];
    for (const stage of ['plan', 'build', 'test']) {
      const move = { adw_id: ADW, workflow_name: 'adw_plan_build_iso', from_stage: 'backlog', to_stage: stage };
      const heard = await dropIn.heard(board, () => dropIn.post('/api/stage-event', move));
      expect(heard).toMatchObject([{ type: 'stage_transition', data: { adw_id: ADW, to_stage: stage } }]);
      // The board answers each transition that it hears with a PATCH, and takes the card back where that fails.
      expect((await ask(dropIn, 'PATCH', `/api/adws/${ADW}`, { current_stage: stage })).status).toBe(200);
      columns.push((await reload(dropIn))?.current_stage);
    }
    expect(columns).toEqual(['plan', 'build', 'test']);
    await dropIn.post('/api/workflow-updates', progress('Complete', 'completed'));
    expect(await reload(dropIn)).toMatchObject({ current_stage: 'test' });
    await dropIn.post('/api/workflow-updates', progress('Stage: review'));
    expect(await reload(dropIn)).toMatchObject({ current_stage: 'review' });
    const derived = { from_stage: 'review', to_stage: 'build', source: { path: 'sdlc_implementor' } };
    const data = { adw_id: ADW, event_id: 'derived', timestamp: '2026-01-01T12:00:00.000Z', ...derived };
    await dropIn.post('/api/v1/events', [
      { type: 'stage_transition', data: { ...data, workflow_name: null, message: '' } },
    ]);
    expect(await reload(dropIn)).toMatchObject({ current_stage: 'review' });
  },
};
