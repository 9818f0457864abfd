import type { JudgementLimits } from '../adw/silence.ts';
import type { AdwSummary } from '../adw/summary-shape.ts';
import { isoTime, systemClock } from '../base/clock.ts';
import { AdwStreamError } from '../base/errors.ts';
import { PAGE_EVENTS_MAX } from '../event/limits.ts';
import type { NewEvent } from '../event/schema.ts';
import { verificationOf, verifiedInItself } from '../export/manifest.ts';
import type { ExportedEvent, ExportRecord } from '../export/record.ts';
import type { ExportedArtifact, ExportManifest, ExportVerification } from '../export/shape.ts';
import { AdwTree } from '../sidecar/discover/tree.ts';
import type { Context } from './context.ts';
import { limitsOf } from './judgement-limits.ts';
import { directoriesIn, type Places } from './sidecar.ts';
import { readingOf, requireKnown } from './source.ts';

/** A stored file with its bytes; without them where they are not there any more. */
export interface StoredFile {
  readonly info: Omit<ExportedArtifact, 'held'>;
  readonly bytes: Buffer | undefined;
}

/** What an export writes to: it is given what a run holds, in order. */
export interface ExportSink {
  readonly onEvents: (events: readonly ExportedEvent[]) => void;
  readonly onFile: (file: StoredFile) => void;
  /** Whether the bytes of a stored file are wanted. */
  readonly wantsBytes: (mediaType: string) => boolean;
  /** Whether more may come now. */
  readonly hasRoom: () => boolean;
  /** Resolves when all that came has been written. */
  readonly drained: () => Promise<void>;
}

/** Where an exported run is read from. */
export interface ExportInput {
  readonly source: ExportManifest['source'];
  /** The log's name; of files, which no log has numbered, `disk`. */
  readonly epoch: string;
  /** How long silence may last before it means something. */
  readonly limits: JudgementLimits;
  read(sink: ExportSink): Promise<void>;
  /** What {@link ExportRecord} holds, compared with the files where they are here. */
  verify(
    record: ExportRecord,
    files: readonly Pick<ExportedArtifact, 'path' | 'sha256'>[],
  ): Promise<ExportVerification>;
}

/** The files of a run, read as `watch` reads them; nothing is written beside them. */
export function diskInput(context: Context, adwId: string, places: Places): ExportInput {
  return {
    source: 'disk',
    epoch: 'disk',
    limits: limitsOf(context.settings),
    async read({ onEvents, onFile, hasRoom }) {
      const { observeAdw } = await import('../sidecar/pipeline.ts');
      let seq = 0;
      const storedAt = isoTime(systemClock.now());
      await observeAdw({
        adwId,
        ...directoriesIn(places),
        follow: false,
        onEvents: events => onEvents(events.map(event => numbered(event, ++seq))),
        onArtifacts: artifacts => {
          for (const { path, sha256, mediaType, bytes } of artifacts)
            onFile({ info: { path, sha256, bytes: bytes.length, media_type: mediaType, stored_at: storedAt }, bytes });
        },
        hasRoom,
        ...readingOf(context),
      });
    },
    verify: record => comparedWithDisk(record, adwId, places),
  };
}

function numbered({ type, data }: NewEvent, seq: number): ExportedEvent {
  return { seq, type, data, dataJson: JSON.stringify(data) };
}

async function comparedWithDisk(
  record: ExportRecord,
  adwId: string,
  { agentsDir, otherDirs }: Places,
): Promise<ExportVerification> {
  const { compareWithDisk } = await import('../sidecar/replay/verify.ts');
  return verificationOf('disk', compareWithDisk(record.generations(), { adwId, agentsDir, otherDirs }).files);
}

/** The log of a server. It is compared with the files of the run where they are here. */
export async function serverInput(
  { settings, stop }: Context,
  adwId: string,
  places: Places | undefined,
): Promise<ExportInput> {
  const { createReads } = await import('../client/index.ts');
  const { signal } = stop;
  const reads = createReads(settings.server, settings.token === undefined ? {} : { token: settings.token });
  const { epoch, adws } = await reads.fetchAdws(signal);
  const choices = adws.map(adw => ({ adwId: adw.adw_id, changedMs: null }));
  requireKnown(adwId, choices, `on ${settings.server}`);
  const { limits } = adws.find(adw => adw.adw_id === adwId) as AdwSummary;
  return {
    source: 'server',
    epoch,
    limits: { stallTimeoutMs: limits.stall_timeout_ms, settleMs: limits.settle_ms },
    async read({ onEvents, onFile, wantsBytes, drained }) {
      for (let [after, more] = [0, true]; more && !signal.aborted; ) {
        const page = await reads.fetchEvents(adwId, { after, limit: PAGE_EVENTS_MAX }, signal);
        if (page.epoch !== epoch) throw new AdwStreamError('server_refused', 'The log was started anew meanwhile.');
        onEvents(page.events.map(({ seq, type, data }) => ({ seq, type, data, dataJson: JSON.stringify(data) })));
        await drained();
        after = page.events.at(-1)?.seq ?? after;
        more = page.more;
      }
      for (const { url: _url, ...info } of await reads.fetchArtifacts(adwId, signal)) {
        const bytes = wantsBytes(info.media_type) ? await bytesOf(info) : undefined;
        onFile({ info, bytes });
        await drained();
      }
    },
    verify: async (record, files) =>
      places !== undefined && new AdwTree({ adwId, ...places }).exists()
        ? comparedWithDisk(record, adwId, places)
        : verifiedInItself(record.generations(), files),
  };

  /** Retention may take a file between the list and this. */
  async function bytesOf({ path, sha256 }: StoredFile['info']): Promise<Buffer | undefined> {
    try {
      return Buffer.from(await (await reads.fetchArtifact(adwId, path, sha256, signal)).arrayBuffer());
    } catch (error) {
      if (error instanceof AdwStreamError && error.code === 'not_found') return undefined;
      throw error;
    }
  }
}
