import type { IdFormat } from '../adw/id.ts';
import type { Phase } from '../adw/phase.ts';
import type { JudgementLimits } from '../adw/silence.ts';
import type { BacklogScheduler } from '../base/backlog-scheduler.ts';
import type { Logger } from '../base/log.ts';
import type { LocalLog } from '../event/local-log.ts';
import type { NewEvent } from '../event/schema.ts';
import type { ArtifactUpload, SidecarProgress, SidecarSummary } from './flow.ts';

/** What `runSidecar` (watch and replay) takes. */
export interface SidecarOptions {
  readonly adwId: string;
  readonly idFormat: IdFormat;
  /** Absolute path of the directory that holds `<adw_id>/`. */
  readonly agentsDir: string;
  /** Directories that hold `<adw_id>/` in the project's other layout, absolute paths; none of them need exist. */
  readonly otherDirs?: readonly string[];
  /** Base URL of the server. */
  readonly server: string;
  /** The log of that server, where it is in this process: nothing goes over HTTP then. A server that begins anew has another. */
  readonly localLog?: () => LocalLog;
  readonly token?: string;
  /** Absolute path of our own directory (checkpoints, journal, lock, dead letters); never inside the watched tree. */
  readonly stateDir: string;
  /** Where an earlier version kept it, for what is still there to be moved. */
  readonly formerStateDir?: string;
  /** true: watch until `signal` aborts; false: push what is on disk, then return. */
  readonly follow: boolean;
  /** With `follow`: whether the ADW appeared while others were watched, so that its first role has just begun. */
  readonly isNew?: boolean;
  /** With `follow`: return when the ADW has ended. */
  readonly untilComplete: boolean;
  /** What `untilComplete` judges with where the server does not. */
  readonly limits: JudgementLimits;
  /** How long to keep trying a server that cannot be reached, ms; Infinity for watch. */
  readonly timeoutMs: number;
  /** A reference server: whether its board's cards are moved, and whether its own monitor reads the same files. */
  readonly stages: boolean;
  readonly besideMonitor: boolean;
  /** Take the lock from another live watcher of the same ADW. */
  readonly takeover: boolean;
  readonly redact: boolean;
  /** Additional redaction patterns: name → regular expression source. */
  readonly redactPatterns: Readonly<Record<string, string>>;
  readonly phaseMap: Readonly<Record<string, Phase>>;
  /** Replay at the pace of the journal, this many times as fast; absent: as fast as the server takes it. */
  readonly speed?: number;
  /** With `speed`: the longest idle time kept, ms. */
  readonly maxGapMs?: number;
  /** ms between stats of active files; the file system's events are only a hint. */
  readonly pollMs: number;
  /** false: never use file system events, only polling. */
  readonly fsEvents: boolean;
  /** Events that no file tells: what is known at the start, and what is known when everything has been read. */
  readonly beside?: { readonly first: readonly NewEvent[]; readonly last: () => readonly NewEvent[] };
  /** Told of every event as it is acknowledged, for a terminal view. */
  readonly onEvents?: (events: readonly NewEvent[]) => void;
  /** Told of the events of lines that the log had already; then all of them are read: a view begins with the whole picture. */
  readonly onKnown?: (events: readonly NewEvent[]) => void;
  /** Told now and then how far the sidecar is, for a progress line. */
  readonly onProgress?: (progress: SidecarProgress) => void;
  /** Told every ten seconds of a watch how it stands: lag, retries, what was refused, lost or redacted. */
  readonly onHealth?: (summary: SidecarSummary) => void;
  /** Shared by the sidecars of one process: which of them reads what has piled up, and how much of it is on its way. Bytes. */
  readonly backlogScheduler?: BacklogScheduler;
  /** Aborting drains and returns. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** What reading an ADW takes when nothing is delivered: no server, no lock, and no file of ours is written. */
export interface ObserveOptions
  extends Pick<
    SidecarOptions,
    | 'adwId'
    | 'agentsDir'
    | 'otherDirs'
    | 'stateDir'
    | 'follow'
    | 'phaseMap'
    | 'redact'
    | 'redactPatterns'
    | 'pollMs'
    | 'fsEvents'
    | 'signal'
    | 'log'
  > {
  /** Told of the events in order per file, each piece as it is read. */
  readonly onEvents: (events: readonly NewEvent[]) => void;
  /** Told of stored files, before the events that name them. */
  readonly onArtifacts?: (artifacts: readonly ArtifactUpload[]) => void;
  /** Whether more may be told now; absent: always. Reading waits until it is so. */
  readonly hasRoom?: () => boolean;
  /** Told once, when everything that was on disk at the start has been told. */
  readonly onCaughtUp?: () => void;
}

/** What both commands that deliver and commands that only read ask of a pipeline. */
export type PipelineOptions = Omit<ObserveOptions, 'stateDir' | 'onEvents' | 'onArtifacts' | 'hasRoom'> &
  Partial<
    Pick<
      SidecarOptions,
      | 'untilComplete'
      | 'limits'
      | 'beside'
      | 'speed'
      | 'maxGapMs'
      | 'onEvents'
      | 'onKnown'
      | 'onProgress'
      | 'onHealth'
      | 'backlogScheduler'
    >
  >;
