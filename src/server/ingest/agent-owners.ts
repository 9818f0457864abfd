import { BoundedMap } from '../../base/bounded-map.ts';
import { isRecord } from '../../base/is-record.ts';
import type { Fields } from './reference/request.ts';

/** Agents remembered, the newest. Prevents endless memory; a run of the orchestrator family has a handful. */
const AGENTS_MAX = 10_000;

/** Characters of what is remembered of an agent. The same. */
const NAME_CHARS_MAX = 128;

const isName = (value: unknown): value is string => typeof value === 'string' && value.length <= NAME_CHARS_MAX;

/**
 * Which ADW each agent works for. The flat frames `agent_status_changed` and `agent_updated` name only the agent; the
 * frames before them named both.
 */
export class AgentOwners {
  readonly #adwOf = new BoundedMap<unknown, unknown>(AGENTS_MAX);

  /** The frame with its `adw_id`, where that is known. */
  complete(frame: Fields): Fields {
    const agent = isRecord(frame.agent) ? frame.agent : {};
    const event = isRecord(frame.event) ? frame.event : {};
    const agentId = frame.agent_id ?? event.agent_id ?? agent.id;
    const adwId = frame.adw_id ?? agent.adw_id ?? this.#adwOf.get(agentId);
    if (agentId == null || adwId == null) return frame;
    if (!isName(agentId) || !isName(adwId)) return { ...frame, adw_id: adwId };
    this.#adwOf.delete(agentId);
    this.#adwOf.set(agentId, adwId);
    return { ...frame, adw_id: adwId };
  }
}
