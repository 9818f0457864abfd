import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { VerifiedFile } from '../../../src/event/generations.ts';
import type { ExportManifest } from '../../../src/export/shape.ts';
import { bytes, fullTime, plural, whole } from '../base/text.ts';
import type { Session } from '../data/session.ts';
import { source } from '../data/source.ts';
import { dialog } from '../state/store.ts';
import { CopyButton } from './parts/bits.tsx';
import { Dialog } from './parts/dialog.tsx';
import { Icon } from './parts/icon.tsx';

const CHECKS = {
  checking: 'is being compared with the content',
  same: 'the content has this hash',
  changed: 'the content has another hash: this file was changed after it was made',
  unknown: 'this browser cannot work it out here',
} as const;

const recordCheck = signal<keyof typeof CHECKS>('checking');
let compared: Promise<void> | undefined;

/** Compares the hash that an exported page says with the one that it has, once. */
function checkRecord(): void {
  compared ??= compare();
}

async function compare(): Promise<void> {
  const { exported } = source();
  const computed = await exported?.computedSha256().catch(() => undefined);
  recordCheck.value = computed === undefined ? 'unknown' : computed === exported?.sha256 ? 'same' : 'changed';
}

/** When an exported page was made and whether its record is whole; opens what it says of itself. */
export function RecordChip() {
  const { exported } = source();
  if (!exported) return null;
  const { made_at, verification } = exported.manifest;
  const isBad = recordCheck.value === 'changed' || !verification.is_complete;
  const word =
    recordCheck.value === 'changed' ? 'changed afterwards' : verification.is_complete ? 'verified' : 'not whole';
  return (
    <button
      type="button"
      class={`chip fresh ${isBad ? 'bad' : ''}`}
      title="What this file says of itself"
      onClick={() => (dialog.value = 'record')}
    >
      <Icon name={isBad ? 'warning' : 'ok'} /> exported {made_at.slice(0, 10)} · {word}
    </button>
  );
}

/** Looks, once, whether an exported page holds what it held when it was made, and says where it does not. */
export function RecordBar({ session }: { session: Session }) {
  const isShown = session.complete.value;
  // After everything else: the page needs no answer to be read.
  useEffect(() => {
    if (isShown) checkRecord();
  }, [isShown]);
  if (recordCheck.value !== 'changed') return null;
  return (
    <div class="bar bad" role="alert">
      <Icon name="error" /> This file was changed after it was made: what it holds has another hash than it says.
    </div>
  );
}

/** What an exported page says of itself: where it comes from, its hash, and what verify found. */
export function RecordDialog() {
  const { exported } = source();
  useEffect(checkRecord, []);
  if (!exported) return null;
  const { manifest, sha256 } = exported;
  const leftOut = manifest.artifacts.filter(({ held }) => !held).length;
  return (
    <Dialog label="This file" class="record" onClose={() => (dialog.value = '')}>
      <dl class="record-facts">
        <dt>Made</dt>
        <dd>
          {fullTime(Date.parse(manifest.made_at))}, by adw-stream {manifest.version},{' '}
          {manifest.source === 'disk' ? 'from the files of the run' : 'from the log of a server'}
        </dd>
        <dt>Holds</dt>
        <dd>
          {plural(manifest.events, 'event')}, {plural(manifest.artifacts.length - leftOut, 'stored file')}
          {leftOut > 0 && `; ${plural(leftOut, 'image')} left out`}
        </dd>
        <dt>SHA-256</dt>
        <dd>
          <Hash hex={sha256} what="the hash of this file's content" />
          <span class={recordCheck.value === 'changed' ? 'tone-bad' : 'soft'} role="status">
            {CHECKS[recordCheck.value]}
          </span>
        </dd>
        <dt>of the events</dt>
        <dd>
          <Hash hex={manifest.events_sha256} what="the hash of the events" />
          <span class="soft">as adw-stream export --ndjson writes them</span>
        </dd>
      </dl>
      <Verification manifest={manifest} />
    </Dialog>
  );
}

function Hash({ hex, what }: { hex: string; what: string }) {
  return (
    <span class="record-hash">
      <code>{hex}</code>
      <CopyButton text={hex} what={what} />
    </span>
  );
}

function Verification({ manifest: { verification } }: { manifest: ExportManifest }) {
  const { files, is_complete, compared_with } = verification;
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const extent = `${plural(files.length, 'file')}, ${plural(lines, 'line')}`;
  return (
    <>
      <p class={`record-verdict ${is_complete ? 'tone-good' : 'tone-bad'}`}>
        <Icon name={is_complete ? 'ok' : 'error'} />{' '}
        {is_complete
          ? compared_with === 'disk'
            ? `Verified against the files: every line of them is here, byte for byte (${extent}).`
            : `Verified in itself: no gap and no repeat, each range with its hash (${extent}).`
          : `Not whole: see below (${extent}).`}
      </p>
      <div class="scroll record-files" tabIndex={0} role="region" aria-label="Files">
        <table class="table">
          <thead>
            <tr>
              <th>File</th>
              <th class="num">Lines</th>
              <th class="num">Bytes</th>
              <th>Remarks</th>
            </tr>
          </thead>
          <tbody>
            {files.map(file => (
              <tr key={`${file.path} ${file.attempt}`}>
                <td class="mono">
                  {file.path}
                  {file.attempt > 1 && ` (attempt ${file.attempt})`}
                </td>
                <td class="num">{whole(file.lines)}</td>
                <td class="num">{bytes(file.bytes)}</td>
                <td class={file.difference ? 'tone-bad' : 'soft'}>{remarksOf(file)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function remarksOf({ difference, missingLines, lostBytes, redactions }: VerifiedFile): string {
  return [
    ...(missingLines > 0 ? [`${plural(missingLines, 'line')} missing`] : []),
    ...(difference ? [`byte ${whole(difference.offset)}: ${difference.what}`] : []),
    ...(lostBytes > 0 ? [`${bytes(lostBytes)} declared lost`] : []),
    ...Object.entries(redactions).map(([kind, count]) => `${count} ${kind} redacted`),
  ].join(', ');
}
