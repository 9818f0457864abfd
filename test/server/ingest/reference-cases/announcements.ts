import { adw_id, type Case, done, rows } from './case.ts';

/** Requests to the routes that announce something. */
export const ANNOUNCEMENTS: Case[] = [
  ...rows('workflow-phase-transition', [
    {
      name: 'takes a phase, on the screen as well',
      body: { adw_id, phase_from: 'plan', phase_to: 'build', workflow_name: 'w', metadata: { a: 1 } },
      answer: done('Phase transition broadcasted'),
      events: [
        { type: 'workflow_phase_transition', data: { phase_from: 'plan', phase_to: 'build', metadata: { a: 1 } } },
      ],
    },
    {
      name: 'takes null for everything optional',
      body: { adw_id, phase_from: null, phase_to: 'plan', workflow_name: null, metadata: null },
      answer: done('Phase transition broadcasted'),
      events: [{ type: 'workflow_phase_transition', data: { phase_to: 'plan', metadata: {} } }],
    },
    {
      name: 'fills in what is omitted',
      body: { adw_id, phase_to: 'plan' },
      answer: done('Phase transition broadcasted'),
      events: [{ type: 'workflow_phase_transition', data: { phase_to: 'plan', metadata: {} } }],
    },
    { name: 'wants a phase', body: { adw_id }, status: 400, answer: 'Missing required fields: adw_id, phase_to' },
    { name: 'wants an id', body: { phase_to: 'x' }, status: 400, answer: 'Missing required fields: adw_id, phase_to' },
  ]),
  ...rows('agent-output-chunk', [
    {
      name: 'takes a chunk',
      body: { adw_id, agent_role: 'tester', content: '{}', line_number: 1, total_lines: 2, is_complete: true },
      answer: done('Agent output chunk broadcasted'),
      events: [
        {
          type: 'agent_output_chunk',
          data: { agent_role: 'tester', content: '{}', line_number: 1, is_complete: true },
        },
      ],
    },
    {
      name: 'takes null for everything optional',
      body: { adw_id, agent_role: 'tester', content: '{}', line_number: null, total_lines: null, is_complete: null },
      answer: done('Agent output chunk broadcasted'),
      events: [{ type: 'agent_output_chunk', data: { is_complete: false } }],
    },
    {
      name: 'fills in what is omitted',
      body: { adw_id, agent_role: 'tester', content: '{}' },
      answer: done('Agent output chunk broadcasted'),
      events: [{ type: 'agent_output_chunk', data: { agent_role: 'tester', content: '{}', is_complete: false } }],
    },
    ...[
      { agent_role: 'tester', content: '{}' },
      { adw_id, content: '{}' },
    ].map(body => ({
      name: `wants more than ${Object.keys(body).join(' and ')}`,
      body,
      status: 400,
      answer: 'Missing required fields: adw_id, agent_role, content',
    })),
    {
      name: 'wants content',
      body: { adw_id, agent_role: 'tester', content: '' },
      status: 400,
      answer: 'Missing required fields: adw_id, agent_role, content',
    },
  ]),
  ...rows('screenshot-available', [
    {
      name: 'takes a screenshot, on the screen as well',
      body: { adw_id, screenshot_path: 'reviewer/review_img/01.png', screenshot_type: null, metadata: null },
      answer: done('Screenshot notification broadcasted'),
      events: [
        { type: 'screenshot_available', data: { screenshot_type: 'review', metadata: {} } },
        { type: 'agent_log', data: { message: 'Screenshot: reviewer/review_img/01.png', level: 'INFO' } },
      ],
    },
    {
      name: 'fills in what is omitted and says where the picture will be',
      body: { adw_id, screenshot_path: 'reviewer/review_img/0 1.png' },
      answer: done('Screenshot notification broadcasted'),
      events: [
        {
          type: 'screenshot_available',
          data: {
            screenshot_type: 'review',
            metadata: {},
            url: `/api/v1/adws/${adw_id}/artifacts/reviewer/review_img/0%201.png`,
          },
        },
        { type: 'agent_log', data: { message: 'Screenshot: reviewer/review_img/0 1.png' } },
      ],
    },
    ...[{ adw_id }, { screenshot_path: 'x.png' }, { adw_id, screenshot_path: '' }].map(body => ({
      name: `wants an id and a path, not ${JSON.stringify(body)}`,
      body,
      status: 400,
      answer: 'Missing required fields: adw_id, screenshot_path',
    })),
  ]),
  ...rows('spec-created', [
    {
      name: 'takes a spec, on the screen as well',
      body: { adw_id, spec_path: 'specs/x.md', spec_type: null, metadata: {} },
      answer: done('Spec creation notification broadcasted'),
      events: [
        { type: 'spec_created', data: { spec_path: 'specs/x.md', spec_type: 'plan' } },
        { type: 'agent_log', data: { message: 'Spec: specs/x.md' } },
      ],
    },
    {
      name: 'fills in what is omitted and says where the spec will be',
      body: { adw_id, spec_path: 'specs/x.md' },
      answer: done('Spec creation notification broadcasted'),
      events: [
        {
          type: 'spec_created',
          data: { spec_type: 'plan', metadata: {}, url: `/api/v1/adws/${adw_id}/artifacts/specs/x.md` },
        },
        { type: 'agent_log', data: { message: 'Spec: specs/x.md' } },
      ],
    },
    ...[{ adw_id }, { spec_path: 'specs/x.md' }].map(body => ({
      name: `wants an id and a path, not ${JSON.stringify(body)}`,
      body,
      status: 400,
      answer: 'Missing required fields: adw_id, spec_path',
    })),
  ]),
];
