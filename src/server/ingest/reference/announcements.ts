import { artifactUrl, isSafePath, shownPath } from '../../../event/path.ts';
import { badRequest, type Draft, type Fields, isMissing, pythonText, type Translate } from './request.ts';

/** The routes that announce something and answer with one sentence: all of a kind, told apart by this table. */
interface Announcement {
  /** Fields without which the request is refused, as the reference names them. */
  readonly required: readonly string[];
  /** The sentence of the answer. */
  readonly done: string;
  readonly eventsOf: (body: Fields) => Draft[];
}

function announce({ required, done, eventsOf }: Announcement): Translate {
  return body => {
    if (required.some(field => isMissing(body[field]))) {
      throw badRequest(`Missing required fields: ${required.join(', ')}`);
    }
    const { adw_id } = body;
    return {
      events: eventsOf({ ...body, timestamp: body.timestamp ?? undefined }),
      answer: () => ({ status: 'success', message: done, adw_id }),
    };
  };
}

/** Says on the reference's screen, which shows log lines, what its `type` alone would not. */
function alsoAsLog({ adw_id, timestamp, agent_role }: Fields, message: string, eventType: string): Draft {
  const log = {
    adw_id,
    timestamp,
    agent_role,
    message,
    level: 'INFO',
    event_category: 'system',
    event_type: eventType,
  };
  return { type: 'agent_log', data: log };
}

/** A posted path inside of a sentence. */
function shownText(path: unknown): string {
  return typeof path === 'string' ? shownPath(path) : pythonText(path);
}

/** Where the file is shown once a sidecar has brought it; the announcement alone does not. */
function shownAt({ adw_id, url }: Fields, posted: unknown): Fields {
  if (url != null || typeof adw_id !== 'string' || typeof posted !== 'string') return {};
  const path = shownPath(posted);
  return isSafePath(path) ? { url: artifactUrl(adw_id, path) } : {};
}

/** `POST /api/workflow-phase-transition`. */
export const workflowPhaseTransition = announce({
  required: ['adw_id', 'phase_to'],
  done: 'Phase transition broadcasted',
  eventsOf: body => [{ type: 'workflow_phase_transition', data: { ...body, metadata: body.metadata ?? {} } }],
});

/** `POST /api/agent-output-chunk`: lines as the reference's monitor sends them, without the range that would make them a unit. */
export const agentOutputChunk = announce({
  required: ['adw_id', 'agent_role', 'content'],
  done: 'Agent output chunk broadcasted',
  eventsOf: body => [{ type: 'agent_output_chunk', data: { ...body, is_complete: body.is_complete ?? false } }],
});

/** `POST /api/screenshot-available`. */
export const screenshotAvailable = announce({
  required: ['adw_id', 'screenshot_path'],
  done: 'Screenshot notification broadcasted',
  eventsOf: body => [
    {
      type: 'screenshot_available',
      data: {
        ...body,
        ...shownAt(body, body.screenshot_path),
        screenshot_type: body.screenshot_type ?? 'review',
        metadata: body.metadata ?? {},
      },
    },
    alsoAsLog(body, `Screenshot: ${shownText(body.screenshot_path)}`, 'screenshot'),
  ],
});

/** `POST /api/spec-created`. */
export const specCreated = announce({
  required: ['adw_id', 'spec_path'],
  done: 'Spec creation notification broadcasted',
  eventsOf: body => [
    {
      type: 'spec_created',
      data: {
        ...body,
        ...shownAt(body, body.spec_path),
        spec_type: body.spec_type ?? 'plan',
        metadata: body.metadata ?? {},
      },
    },
    alsoAsLog(body, `Spec: ${shownText(body.spec_path)}`, 'spec'),
  ],
});
