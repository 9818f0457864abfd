import { isoTime } from '../../../base/clock.ts';
import type { EventTime, FileEvents } from '../../flow.ts';
import type { SessionEnd, SharedAgents } from '../agents.ts';
import { collectFileEvents } from './file-events.ts';

/**
 * The phases of a factory's run whose database says nothing of it: its agents, in the order of their first lines. One is over
 * when its agent's session has ended; where its lines are not understood, with its envelope or the next agent.
 */
export class AgentPhases {
  readonly #adwId: string;
  readonly #began = new Map<string, EventTime>();
  readonly #agents: SharedAgents;
  readonly #answers = new Map<string, SessionEnd>();
  readonly #told = new Set<string>();

  constructor({ adwId, agents }: { adwId: string; agents: SharedAgents }) {
    this.#adwId = adwId;
    this.#agents = agents;
  }

  /** An envelope was read. */
  answered(role: string, answer: SessionEnd): void {
    this.#answers.set(role, answer);
  }

  /** The events of what is new of these agents. @param timeOf when an agent began */
  events(roles: readonly string[], timeOf: (role: string) => EventTime): FileEvents[] {
    for (const role of roles) if (!this.#began.has(role)) this.#began.set(role, timeOf(role));
    const ordered = [...this.#began].toSorted(([a, one], [b, other]) => one.ms - other.ms || (a < b ? -1 : 1));
    return ordered.map(([role], index) => this.#phase(role, index, ordered[index + 1]?.[1]));
  }

  /** Tells everything again. */
  forget(): void {
    this.#told.clear();
  }

  #phase(role: string, index: number, next: EventTime | undefined): FileEvents {
    const began = this.#began.get(role) as EventTime;
    const answer = this.#answers.get(role);
    const { count, end } = this.#agents.sessionsOf(role);
    // A session that goes on after the envelope was written corrects it; of lines that are not understood only those files tell.
    const ended = count > 0 ? end?.time : (answer?.time ?? next);
    const isBad = answer?.success === false || end?.success === false;
    const over = isBad ? ('failed' as const) : ('completed' as const);
    const state = ended === undefined ? ('running' as const) : over;
    const fields = {
      ...{ phase: role, index, kind: 'agent' as const, owner: role, state, attempt: 1, inferred: true },
      ...(began.ms > 0 ? { started_at: isoTime(began.ms) } : {}),
      ...(ended !== undefined && ended.ms > 0 ? { ended_at: isoTime(ended.ms) } : {}),
    } as const;
    const origin = { adwId: this.#adwId, path: role, role, time: ended ?? began };
    const list = collectFileEvents(origin, `agent-phase ${count} ${JSON.stringify(fields)}`);
    list.add('phase_update', fields);
    const events = list.events.filter(({ data }) => !this.#told.has(String(data.event_id)));
    for (const { data } of events) this.#told.add(String(data.event_id));
    return { events, artifacts: [] };
  }
}
