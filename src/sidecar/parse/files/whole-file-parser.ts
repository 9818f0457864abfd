import { type Phase, phaseOfRole, workflowRank } from '../../../adw/phase.ts';
import { decodeFile } from '../../../base/text-encoding.ts';
import type { EventTime, FileEvents, PlanHint, WholeFile } from '../../flow.ts';
import type { SharedAgents } from '../agents.ts';
import { agentIn } from '../formats/registry.ts';
import type { Redactor } from '../redact.ts';
import { timeOfFile } from '../time.ts';
import { AgentPhases } from './agent-phases.ts';
import { agentsInMap, envelopeEvents, successIn } from './envelope.ts';
import type { FileOrigin, FileOutcome } from './file-events.ts';
import { isCompleteImage } from './image.ts';
import { otherFileEvents, outcomeEvents } from './outcome.ts';
import { promptEvents } from './prompt.ts';
import { roleEvents } from './role.ts';
import { screenshotEvents } from './screenshot.ts';
import { specEvents } from './spec.ts';
import { type ReadState, readState, stateEvents, unreadableStateEvents } from './state-file.ts';
import { subAgentFileEvents } from './sub-agent-file.ts';

const NOTHING: FileOutcome = { events: [], artifacts: [], redactions: {} };

/** What {@link WholeFileParser} takes. */
export interface WholeFileParserOptions {
  readonly adwId: string;
  readonly phaseMap: Readonly<Record<string, Phase>>;
  /** Absent: secrets stay in. */
  readonly redact: Redactor | undefined;
  /** Learns what files say of sub-agents. */
  readonly agents: SharedAgents;
}

/** What whole files of one ADW mean (state, prompts, specs, screenshots), and role directories. It remembers the last state. */
export class WholeFileParser {
  readonly #options: WholeFileParserOptions;
  readonly #roles = new Set<string>();
  readonly #agents: AgentPhases;
  #phase: Phase | undefined;
  /** The newest state of each state file, by its path. */
  readonly #states = new Map<string, ReadState>();

  constructor(options: WholeFileParserOptions) {
    this.#options = options;
    this.#agents = new AgentPhases(options);
  }

  /** Where the state says the plan is. */
  get planHint(): PlanHint | undefined {
    const places = [...this.#states.values()].map(state => state.places);
    return places.find(({ planFile }) => planFile !== undefined) ?? places[0];
  }

  /** Role directories that were not there before, in the order in which workflows run them. @param agents those of a factory */
  roles(roles: readonly string[], timeOf: (role: string) => EventTime, agents: readonly string[]): FileEvents[] {
    const { adwId, phaseMap } = this.#options;
    const added = roles.filter(role => !this.#roles.has(role)).sort((a, b) => workflowRank(a) - workflowRank(b));
    return added.map(role => {
      this.#roles.add(role);
      const phase = phaseOfRole(role, phaseMap);
      const isAgent = agents.includes(role);
      const time = timeOf(role);
      const events = roleEvents({ adwId, path: role, role, phase, time, previousPhase: this.#phase, isAgent });
      this.#phase = phase ?? this.#phase;
      return events;
    });
  }

  /** The phases of a factory's run that has no other: its agents, in the order in which they began. */
  agentPhases(agents: readonly string[], timeOf: (role: string) => EventTime): FileEvents[] {
    return this.#agents.events(agents, timeOf);
  }

  /** The events of a file; undefined when it is not complete yet, and not final either. */
  parse({ found, bytes, writtenMs, isFinal, hasStream }: WholeFile): FileOutcome | undefined {
    const { adwId, phaseMap, redact } = this.#options;
    const { path, role } = found;
    const phase = role === undefined ? undefined : phaseOfRole(role, phaseMap);
    // The lines of a factory's agents have times: what is beside them has, once it was copied, that of the copy.
    const isDated = hasStream && (found.kind === 'sub-agent' || (found.kind === 'prompt' && path.endsWith('.md')));
    const time = timeOfFile(isDated ? undefined : writtenMs);
    const origin: FileOrigin = { adwId, path, role, phase, time };
    switch (found.kind) {
      case 'state':
        return this.#stateEvents(origin, decodeFile(bytes), isFinal);
      case 'screenshot':
        if (isCompleteImage(bytes)) return { ...screenshotEvents(origin, bytes), redactions: {} };
        return isFinal ? NOTHING : undefined;
      case 'spec':
        return specEvents(origin, bytes, redact);
      case 'outcome':
        return outcomeEvents(origin, bytes, { redact, hasStream, giveUp: isFinal });
      case 'envelope': {
        const success = successIn(bytes);
        if (role !== undefined && success !== undefined) this.#agents.answered(role, { success, time: origin.time });
        return envelopeEvents(origin, bytes, { redact, giveUp: isFinal });
      }
      case 'sub-agent':
        return subAgentFileEvents(origin, bytes, redact);
      case 'agent-map':
        for (const one of agentsInMap(bytes)) this.#options.agents.sessionIsOf(one.sessionId, one.role);
        return otherFileEvents(origin, bytes, redact);
      case 'other':
        this.#noteAgent(path, bytes);
        return otherFileEvents(origin, bytes, redact);
      default:
        return promptEvents(origin, bytes, redact);
    }
  }

  #noteAgent(path: string, bytes: Buffer): void {
    const found = path.endsWith('.json') ? agentIn(path, decodeFile(bytes)) : undefined;
    if (found) this.#options.agents.described(found.agentId, found.details);
  }

  /** Tells everything again: the log that knew it is gone. */
  forget(): void {
    this.#roles.clear();
    this.#phase = undefined;
    this.#states.clear();
    this.#agents.forget();
  }

  #stateEvents(origin: FileOrigin, text: string, isFinal: boolean): FileOutcome | undefined {
    const read = readState(text, this.#options.redact);
    if (read === undefined) return isFinal ? unreadableStateEvents(origin, text) : undefined;
    const previous = this.#states.get(origin.path)?.state;
    this.#states.set(origin.path, read);
    return stateEvents(origin, read, previous);
  }
}
