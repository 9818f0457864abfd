import { ownText } from '../../adw/own-text.ts';

/** Agents and blocks remembered of one ADW; the oldest are forgotten, so that a huge run cannot fill memory. */
const REMEMBERED_MAX = 20_000;

/** The call that launched a sub-agent, and the attempt of its role that made it. */
export interface Launch {
  readonly toolUseId: string;
  readonly attempt: number;
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
  /** Whether the file at `path` is the one that tells of `key`: the first that asks is. */
  isTeller(key: string, path: string): boolean;
}

/** Knows nothing yet. */
export function createSharedAgents(): SharedAgents {
  const launches = new Map<string, Launch>();
  const tellers = new Map<string, string>();
  return {
    launched(agentId, launch) {
      put(launches, agentId, launch);
    },
    launchOf: agentId => launches.get(agentId),
    isTeller(key, path) {
      const teller = tellers.get(key);
      if (teller === undefined) put(tellers, ownText(key), path);
      return teller === undefined || teller === path;
    },
  };
}

function put<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  if (map.size > REMEMBERED_MAX) map.delete(map.keys().next().value as string);
}
