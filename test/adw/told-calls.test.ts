import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { POSTED_CALLS_MAX } from '../../src/adw/told-calls.ts';
import { fold, log, SETTLED, summaryOf } from './log.ts';

type Told = [string, Record<string, unknown>];

const FAILED = { success: false, status: 'error', error: 'no', duration_ms: 40 };
const call = (id: string) => ({ tool_name: 'Bash', tool_use_id: id });
/** What a client posts of a call: it names no role, and no line. */
const posted = (id: string): Told[] => [
  ['tool_use_pre', call(id)],
  ['tool_use_post', { ...call(id), ...FAILED }],
];
/** What a watcher reads of it. */
const ofLine = { agent_role: 'sdlc_implementor', attempt: 1, source: { path: 'sdlc_implementor/raw_output.jsonl' } };
const watched = (id: string): Told[] => posted(id).map(([type, data]) => [type, { ...data, ...ofLine }]);

const counted = (events: readonly Told[]) => {
  const { totals, tools, roles } = summaryOf(log(...events));
  const builder = roles.find(({ role }) => role === 'sdlc_implementor');
  return {
    tools: totals.tools,
    errors: totals.tool_errors,
    byTool: tools,
    ofRole: builder?.tools,
    open: builder?.activity,
  };
};

describe('a call that a client posts and a watcher reads', () => {
  const once = {
    ...{ tools: 2, errors: 2, ofRole: 2 },
    byTool: [{ tool: 'Bash', calls: 2, errors: 2, duration_ms: 80 }],
  };

  it('is one call of its role, in whatever order the two tell of it', () => {
    const client = [...posted('t1'), ...posted('t2')];
    const watcher = [...watched('t1'), ...watched('t2')];
    const order = fc.array(fc.boolean(), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(order, choices => {
        const [a, b] = [[...client], [...watcher]];
        const merged = choices.flatMap(first => (first ? a : b).splice(0, 1));
        expect(counted([...merged, ...a, ...b])).toMatchObject(once);
      }),
    );
  });

  it('is remembered of the newest that clients post, and of no more', () => {
    const { calls, counts } = fold(log(...Array.from({ length: 2_100 }, (_, n) => posted(`t${n}`)).flat()));
    expect(counts.tools).toBe(2_100);
    expect(calls.posted.map(({ id }) => id)).toEqual(Array.from({ length: POSTED_CALLS_MAX }, (_, n) => `t${n + 100}`));
  });

  it('counts as the client says where no watcher reads', () => {
    expect(counted(posted('t1'))).toMatchObject({ tools: 1, errors: 1, ofRole: undefined });
  });

  it('leaves nothing of a role that named none where the lines were first', () => {
    const { roles } = summaryOf(log(...watched('t1'), ...posted('t1')));
    expect(roles.map(({ role }) => role)).toEqual(['sdlc_implementor']);
  });
});

describe('what clients post without a role', () => {
  const client: Told[] = [
    ['text_block', { content: 'from a client' }],
    ['tool_use_pre', call('t1')],
    [
      'status_update',
      { workflow_name: 'w', status: 'completed', message: 'Workflow completed', current_step: 'Complete' },
    ],
    ['text_block', { content: 'and one more' }],
  ];

  it('runs on no longer than the run', () => {
    const { status, phases, roles } = summaryOf(log(...client), SETTLED);
    expect(status).toBe('completed');
    expect(phases.find(({ name }) => name === 'other')).toMatchObject({ status: 'completed' });
    expect(roles).toMatchObject([
      { role: 'other', status: 'completed', activity: null, attempts: [{ status: 'completed' }] },
    ]);
  });
});
