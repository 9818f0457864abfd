import { ownText } from '../../adw/own-text.ts';
import { BoundedMap } from '../../base/bounded-map.ts';
import type { EventTime } from '../flow.ts';

/** Agents and blocks remembered of one ADW; the oldest are forgotten, so that a huge run cannot fill memory. */
const REMEMBERED_MAX = 20_000;

/** The call that launched a sub-agent, and the attempt of its role that made it. */
export interface Launch {
  readonly toolUseId: string;
  readonly attempt: number;
}

/** What the file beside a sub-agent's transcript says of it; absent is what it does not say. */
export interface AgentDetails {
  /** The call that launched it. */
  readonly toolUseId: string | undefined;
  readonly subagentType: string | undefined;
  readonly description: string | undefined;
  readonly depth: number | undefined;
  readonly isBackground: boolean | undefined;
}

/**
 * What the files of one ADW know together: a sub-agent's lines may lie in its role's stream and in a transcript of its own.
 * The file that is read first tells of a block; when a file is read again from its beginning, it tells the same again.
 */
export interface SharedAgents {
  /** Notes which call launched an agent. */
  launched(agentId: string, launch: Launch): void;
  /** The launch of an agent; undefined where no line said so yet. */
  launchOf(agentId: string): Launch | undefined;
  /** Notes what the file beside its transcript says of an agent. */
  described(agentId: string, details: AgentDetails): void;
  detailsOf(agentId: string): AgentDetails | undefined;
  /** Notes which role a session is of: the first whose stream has it. */
  sessionIsOf(sessionId: string, role: string): void;
  roleOfSession(sessionId: string): string | undefined;
  /** A session of the role begins, in its own file. */
  sessionBegan(role: string): void;
  /** The session of the role ended. */
  sessionEnded(role: string, end: SessionEnd): void;
  /** How the newest session of a role ended, where it has, and how many began. */
  sessionsOf(role: string): { readonly count: number; readonly end: SessionEnd | undefined };
  /** Whether the file at `path` is the one that tells of `key`: the first that asks is. */
  isTeller(key: string, path: string): boolean;
}

/** How a session ended, and when. */
export interface SessionEnd {
  readonly success: boolean;
  readonly time: EventTime;
}

/** Knows nothing yet. */
export function createSharedAgents(): SharedAgents {
  const launches = new BoundedMap<string, Launch>(REMEMBERED_MAX);
  const tellers = new BoundedMap<string, string>(REMEMBERED_MAX);
  const details = new BoundedMap<string, AgentDetails>(REMEMBERED_MAX);
  const roles = new BoundedMap<string, string>(REMEMBERED_MAX);
  const sessions = new BoundedMap<string, { count: number; end: SessionEnd | undefined }>(REMEMBERED_MAX);
  return {
    launched(agentId, launch) {
      launches.set(agentId, launch);
    },
    launchOf: agentId => launches.get(agentId),
    described(agentId, said) {
      details.set(agentId, said);
    },
    detailsOf: agentId => details.get(agentId),
    sessionIsOf(sessionId, role) {
      if (!roles.has(sessionId)) roles.set(ownText(sessionId), role);
    },
    roleOfSession: sessionId => roles.get(sessionId),
    sessionBegan(role) {
      sessions.set(ownText(role), { count: (sessions.get(role)?.count ?? 0) + 1, end: undefined });
    },
    sessionEnded(role, end) {
      sessions.set(ownText(role), { count: sessions.get(role)?.count ?? 1, end });
    },
    sessionsOf: role => sessions.get(role) ?? { count: 0, end: undefined },
    isTeller(key, path) {
      const teller = tellers.get(key);
      if (teller === undefined) tellers.set(ownText(key), path);
      return teller === undefined || teller === path;
    },
  };
}
