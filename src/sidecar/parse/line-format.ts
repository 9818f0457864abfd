import type { EventTime, PriceOf } from '../flow.ts';
import type { AgentDetails, SharedAgents } from './agents.ts';
import type { JsonObject } from './json.ts';
import type { LineEvents, LineScope } from './line-events.ts';

/**
 * What one agent's program writes, line by line. A format is a folder below `formats/` and one line in
 * `formats/registry.ts`; nothing outside of its folder knows its lines, and only the registry imports it.
 */
export interface LineFormat {
  /** The program's name, for people. */
  readonly name: string;
  /** Whether only this program writes such a line: those after it that no format recognises are of the same program. */
  recognises(line: JsonObject): boolean;
  /**
   * Whether a line, as text, only repeats what a later line says whole: a frame of a message that is still being written.
   * It travels, and moves the agent's clock, but is neither parsed nor makes a row. Asked before every line of the program,
   * so that it must cost next to nothing. Absent where the program writes no such lines.
   */
  repeats?(text: string): boolean;
  /**
   * Begins with the first line of a file generation.
   * @param context.home the home directory, written as `~` in paths
   * @param context.price what a request costs at list price; absent: no price is known
   * @param context.file the file, and what the files of its ADW know together; absent where only times are read
   */
  begin(context: {
    readonly home: string | undefined;
    readonly price?: PriceOf | undefined;
    readonly file?: FormatFile | undefined;
  }): LineFold;
  /** How long the session took that this line ends, ms; undefined for a line that ends none or does not say. */
  sessionMs(line: JsonObject): number | undefined;
  /**
   * The members, with their quotes, without one of which no line names its time (`timeOf`), and without one of which none says how
   * long its session took: lines that lack them are not parsed to be asked. Every line is searched for those of a time.
   */
  readonly words: { readonly time: readonly string[]; readonly session: readonly string[] };
  /**
   * Tells of the line that ends a session, where it lies in a file of its own beside a stream. Absent where workflows make no such file.
   * @returns whether it is one
   */
  tellResult?(line: JsonObject, events: Pick<LineEvents, 'add' | 'log'>): boolean;
  /**
   * What a file beside a stream says of a sub-agent; undefined for files that say nothing of one.
   * @param path relative to the ADW's root, forward slashes
   */
  agentIn?(path: string, text: string): DescribedAgent | undefined;
}

/** A sub-agent, and what a file beside its transcript says of it. */
export interface DescribedAgent {
  readonly agentId: string;
  readonly details: AgentDetails;
}

/** The file whose lines a fold goes over. */
export interface FormatFile {
  readonly path: string;
  readonly attempt: number;
  readonly agents: SharedAgents;
}

/** The fold over the lines of one file generation: it remembers what later lines need of earlier ones. Total. */
export interface LineFold {
  /** The session that a line belongs to; notes what the line says of it. Called once a line, before `interpret`. */
  scopeOf(line: JsonObject): LineScope;
  /** The time that the line itself names; undefined where it names none. */
  timeOf(line: JsonObject): EventTime | undefined;
  /** Adds the events of a line that has a `type`. @returns whether it ends a session */
  interpret(line: JsonObject, events: LineEvents): boolean;
}
