import { resolve } from 'node:path';
import { formatBytes } from '../../adw/format.ts';
import { systemClock } from '../../base/clock.ts';
import { AdwStreamError, ExitCode } from '../../base/errors.ts';
import { HtmlExport } from '../../export/html.ts';
import { manifestOf } from '../../export/manifest.ts';
import { exportedMarkdown } from '../../export/markdown.ts';
import { readPageFiles } from '../../export/page-files.ts';
import { type ExportedEvent, ExportRecord } from '../../export/record.ts';
import type { ExportedArtifact, ExportManifest } from '../../export/shape.ts';
import { AdwTree } from '../../sidecar/discover/tree.ts';
import { checkArgument, chooseAdw } from '../argument.ts';
import type { Context } from '../context.ts';
import { diskInput, type ExportInput, type ExportSink, serverInput } from '../export-input.ts';
import { type ExportTarget, openTarget, refuseWatched } from '../export-target.ts';
import { ExportedTrace } from '../export-traces.ts';
import { formatPlural } from '../output/format.ts';
import { findPlaces, type Places, placesInWords } from '../sidecar.ts';
import { diskSource, openSource, requireKnown } from '../source.ts';

/** Characters that may wait to be written while a tree is read. Prevents a slow disk or pipe from filling memory. */
const WAITING_CHARS_MAX = 32 * 1024 * 1024;

/** The forms of an export. */
type Form = 'html' | 'markdown' | 'ndjson';
type Targets = Readonly<Partial<Record<Form, ExportTarget>>>;

/** `adw-stream export <adw_id>`: one run as a page of its own, as markdown, as events. */
export async function run(context: Context): Promise<number> {
  const { settings, stop, io } = context;
  await checkArgument(context);
  const places = await findPlaces(context).catch(error => {
    if (settings.exportFrom === 'disk' || settings.agentsDir !== undefined) throw error;
    return undefined;
  });
  const adwId = await chooseAdw(context, await openSource(context));
  const trace = await ExportedTrace.open(context, adwId);
  const paths = pathsOf(context, adwId, trace === undefined);
  for (const path of Object.values(paths)) if (path !== '-' && places) await refuseWatched(path, places);
  const input = await openInput(context, adwId, places);
  const targets: Partial<Record<Form, ExportTarget>> = {};
  try {
    for (const [form, path] of Object.entries(paths)) targets[form as Form] = await openTarget(path, io.stdout);
    const made = await write(context, adwId, { input, targets, trace });
    // Interrupted, or the reader of stdout has left: a part of a run is no export.
    if (made === undefined) throw new AdwStreamError('interrupted', 'The export was broken off.');
    for (const target of Object.values(targets)) await target.commit();
    tell(context, targets, made);
    return ExitCode.done;
  } catch (error) {
    for (const target of Object.values(targets)) await target.discard();
    if (stop.signal.aborted) return stop.brokenOffCode();
    throw error;
  }
}

/** Where each form goes; without any, and without a collector, the page goes into a file of the working directory. */
function pathsOf({ settings, io }: Context, adwId: string, needsOne: boolean): Readonly<Partial<Record<Form, string>>> {
  const { html, markdown, ndjson } = settings;
  const given = { ...(html && { html }), ...(markdown && { markdown }), ...(ndjson && { ndjson }) };
  const paths = Object.values(given);
  if (paths.length === 0 && needsOne) return { html: resolve(io.cwd, `adw-${adwId}.html`) };
  if (new Set(paths).size === paths.length) return given;
  throw new AdwStreamError('invalid_option', 'Two forms cannot go to one place: give each a file of its own.');
}

/** The tree where the run is in it, else the server; as `--from` says, or `--server`. */
async function openInput(context: Context, adwId: string, places: Places | undefined): Promise<ExportInput> {
  const { settings, origins } = context;
  const isHere = places !== undefined && new AdwTree({ adwId, ...places }).exists();
  const isServerMeant = origins.server.startsWith('flag') || (!isHere && origins.server !== 'default');
  const from = settings.exportFrom ?? (isServerMeant || places === undefined ? 'server' : 'disk');
  if (from === 'server') return serverInput(context, adwId, places);
  const where = `in ${placesInWords(places as Places)}`;
  requireKnown(adwId, await diskSource(context, places as Places).choices(), where);
  return diskInput(context, adwId, places as Places);
}

/** What an export has made. */
interface Made {
  readonly manifest: ExportManifest;
  /** Hash of what the page holds; undefined where none was asked for. */
  readonly sha256: string | undefined;
  /** Spans that a collector took; undefined where none were sent. */
  readonly spans: number | undefined;
}

/** Reads the run once, into everything that was asked for; undefined where it was broken off. */
async function write(
  context: Context,
  adwId: string,
  {
    input,
    targets,
    trace,
  }: { readonly input: ExportInput; readonly targets: Targets; readonly trace: ExportedTrace | undefined },
): Promise<Made | undefined> {
  const { settings, origins, stop } = context;
  const { html: page, ndjson, markdown } = targets;
  const html = page && new HtmlExport(text => page.write(text), { adwId, page: await readPageFiles() });
  const record = new ExportRecord(adwId, input.epoch);
  const artifacts: ExportedArtifact[] = [];
  let lines: Promise<void> = Promise.resolve();
  let waiting = 0;
  let isFailed = false;
  const wantsBytes = (mediaType: string) => html !== undefined && (settings.images || !mediaType.startsWith('image/'));
  const drained = async () => {
    await Promise.all([html?.drained(), lines]);
  };
  const onEvents = (events: readonly ExportedEvent[]) => {
    trace?.add(events);
    const written = events.map(event => {
      const line = record.add(event);
      html?.add(event, line);
      return `${line}\n`;
    });
    if (ndjson !== undefined) lines = later(lines, () => ndjson.write(written.join('')));
    waitFor(written.reduce((sum, line) => sum + line.length, 0));
  };
  const waitFor = (size: number) => {
    waiting += size;
    // What failed is thrown by the wait at the end, for the same work.
    drained().then(
      () => (waiting -= size),
      () => (isFailed = true),
    );
  };
  const onFile: ExportSink['onFile'] = ({ info, bytes }) => {
    const { path, sha256, media_type: mediaType } = info;
    if (artifacts.some(one => one.path === path && one.sha256 === sha256)) return;
    const isHeld = bytes !== undefined && wantsBytes(mediaType);
    artifacts.push({ ...info, held: isHeld });
    if (isHeld) html?.addArtifact({ sha256, mediaType, bytes });
    if (isHeld) waitFor(bytes.length);
  };
  const hasRoom = () => isFailed || waiting < WAITING_CHARS_MAX;
  await input.read({ onEvents, onFile, wantsBytes, hasRoom, drained });
  await drained();
  if (stop.signal.aborted) return undefined;
  const verification = await input.verify(record, artifacts);
  const { source, limits } = input;
  const manifest = manifestOf(record, { source, limits, artifacts, verification, nowMs: systemClock.now() });
  const isServerNamed = source === 'server' || origins.server !== 'default';
  const link = settings.link ?? (isServerNamed ? `${settings.server}/#/adw/${encodeURIComponent(adwId)}` : undefined);
  await markdown?.write(
    exportedMarkdown({ ...manifest, failures: record.failures, changes: record.netChanges(), link }),
  );
  const ended = await html?.end(manifest);
  if (stop.signal.aborted) return undefined;
  return { manifest, sha256: ended?.sha256, spans: await trace?.send(manifest.summary.status) };
}

function later(before: Promise<void>, work: () => Promise<void>): Promise<void> {
  const after = before.then(work);
  after.catch(() => {});
  return after;
}

/** Says on stderr what was written; programs get a record on stdout, where that is free. */
function tell({ terminal, settings }: Context, targets: Targets, { manifest, sha256, spans }: Made): void {
  const { adw_id: adwId, events, events_sha256: eventsSha256, verification } = manifest;
  for (const { path, difference } of verification.files) {
    if (difference !== undefined) terminal.log.report('export_differs', { path, ...difference });
  }
  const files = Object.entries(targets).map(([form, { path, bytes }]) => ({ form, path, bytes }));
  const isFree = files.every(({ path }) => path !== '-');
  if (terminal.form === 'ndjson' && isFree) {
    const record = {
      adw_id: adwId,
      files,
      events,
      sha256: sha256 ?? null,
      events_sha256: eventsSha256,
      ...(spans === undefined ? {} : { spans }),
    };
    terminal.printJson({ type: 'exported', data: { ...record, verified: verification.is_complete } });
  } else if (!settings.quiet) {
    const places = files.filter(({ path }) => path !== '-').map(({ path, bytes }) => `${path} (${formatBytes(bytes)})`);
    const hash = sha256 === undefined ? [] : [`sha-256 ${sha256}`];
    const verdict = verification.is_complete ? 'verified' : 'not whole';
    const sent = spans === undefined ? [] : [`${formatPlural(spans, 'span')} sent`];
    const said = [...places, ...sent, formatPlural(events, 'event'), verdict, ...hash].join(', ');
    terminal.note(`${adwId}: ${said}`);
  }
}
