import type { PathBases } from '../../../adw/path.ts';
import { BoundedMap } from '../../../base/bounded-map.ts';
import type { ToolKind } from '../../../event/tool-kind.ts';
import type { EventTime, PriceOf } from '../../flow.ts';
import type { JsonObject } from '../json.ts';
import { createUsageTally, type UsageTally } from './usage.ts';

/** A tool call that has no result yet. */
export interface OpenTool {
  readonly name: string;
  readonly kind?: ToolKind | undefined;
  readonly input: JsonObject;
  readonly startedAt: EventTime;
  /** The line that made the call, where a later line may take it back. */
  readonly lineUuid?: string | undefined;
}

/** Tool calls remembered without a result. Prevents a file of calls that are never answered from filling memory. */
const OPEN_TOOLS_MAX = 2_000;

/** What the lines of one file generation have told so far, in any format; a fold of its lines and of nothing else. */
export interface Session {
  sessionId: string | undefined;
  model: string | undefined;
  cwd: string | undefined;
  /** Thinking and text blocks so far. */
  sequence: number;
  readonly openTools: Map<string, OpenTool>;
  /** Sessions of which it was already said that their thinking is not disclosed. */
  readonly undisclosed: Set<string>;
  /** Kinds that are not known, and were named. */
  readonly unknown: Set<string>;
  readonly usage: UsageTally;
  readonly home: string | undefined;
  readonly price: PriceOf;
}

/** The state before the first line. */
export function createSession({ home, price }: Pick<Session, 'home' | 'price'>): Session {
  return {
    sessionId: undefined,
    model: undefined,
    cwd: undefined,
    sequence: 0,
    openTools: new BoundedMap(OPEN_TOOLS_MAX),
    undisclosed: new Set(),
    unknown: new Set(),
    usage: createUsageTally(),
    home,
    price,
  };
}

/** What paths of this session are shown relative to. */
export function pathBases({ cwd, home }: Pick<Session, 'cwd' | 'home'>): PathBases {
  return { bases: cwd === undefined ? [] : [cwd], home };
}
