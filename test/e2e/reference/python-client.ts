import type { KnownType } from './messages.ts';

/** What a browser hears because of a call. */
type Heard = readonly (readonly [KnownType, Readonly<Record<string, unknown>>])[];

const workflow_name = 'adw_sdlc_iso';

/** The calls of the reference's Python client in the order that `python_player.py` plays them, and what comes of each. */
export const CALLS: Readonly<Record<string, Heard>> = {
  notify_start: [
    ['status_update', { workflow_name, status: 'started', progress_percent: 0, current_step: 'Initializing' }],
  ],
  notify_progress: [['status_update', { status: 'in_progress', progress_percent: 40, current_step: 'Stage: build' }]],
  notify_complete: [['status_update', { status: 'completed', progress_percent: 100, current_step: 'Complete' }]],
  notify_error: [
    ['workflow_log', { message: 'ERROR: boom', level: 'ERROR' }],
    ['status_update', { status: 'failed', message: 'Workflow failed: boom', progress_percent: null }],
  ],
  notify_log: [['workflow_log', { workflow_name, message: 'hello', level: 'INFO' }]],
  notify_stage_transition: [
    ['workflow_log', { message: 'Stage transition: build -> test' }],
    ['status_update', { status: 'in_progress', current_step: 'Stage: test' }],
  ],
  notify_stage_event: [
    ['stage_transition', { workflow_name, from_stage: 'test', to_stage: 'review', message: 'test passed' }],
  ],
  send_agent_state_update: [
    ['agent_updated', { state: { plan_file: 'specs/x.md' }, changed_fields: ['plan_file'] }],
    ['agent_summary_update', {}],
  ],
  send_agent_log_entry: [['agent_log', { message: 'working', level: 'INFO', event_category: 'system' }]],
  send_file_operation: [
    ['file_changed', { file_path: 'src/app.py', operation: 'modify', change_type: 'modify', lines_added: 3 }],
  ],
  send_agent_thinking: [['thinking_block', { content: 'hm' }]],
  send_tool_execution_pre: [['tool_use_pre', { tool_name: 'Bash', input: { command: 'ls' } }]],
  send_tool_execution_post: [['tool_use_post', { tool_name: 'Bash', output: 'a.py', status: 'error', success: false }]],
  send_text_block: [['text_block', { content: 'words' }]],
  send_workflow_phase_transition: [
    ['workflow_phase_transition', { phase_to: 'plan', metadata: {} }],
    ['agent_log', { message: 'Phase: plan' }],
  ],
  send_agent_output_chunk: [['agent_output_chunk', { agent_role: 'tester', content: '{"type":"system"}' }]],
  send_screenshot_available: [
    ['screenshot_available', { screenshot_path: 'reviewer/review_img/1.png', screenshot_type: 'review' }],
    ['agent_log', { message: 'Screenshot: reviewer/review_img/1.png' }],
  ],
  send_spec_created: [
    ['spec_created', { spec_path: 'specs/x.md', spec_type: 'plan' }],
    ['agent_log', { message: 'Spec: specs/x.md' }],
  ],
};
