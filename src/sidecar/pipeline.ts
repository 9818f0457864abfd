import { homedir } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { agoMs } from '../base/clock.ts';
import { AdwStreamError } from '../base/errors.ts';
import { writtenAt } from '../base/stat.ts';
import { Wake } from '../base/wake.ts';
import { LocalSink } from './deliver/local-sink.ts';
import { ProgressReporter } from './deliver/progress.ts';
import { ServerSink } from './deliver/server-sink.ts';
import type { Sink, SinkReport } from './deliver/sink.ts';
import { Tally } from './deliver/tally.ts';
import { Discovery } from './discover/discovery.ts';
import { AdwTree } from './discover/tree.ts';
import { eventsOf, type FileEvents, type Item, type Unreadable } from './flow.ts';
import type { ObserveOptions, PipelineOptions, SidecarOptions, SidecarProgress, SidecarSummary } from './options.ts';
import { firstStampIn } from './parse/formats/registry.ts';
import { openParsers, type Parsers } from './parse/open-parsers.ts';
import { isWholeLine } from './parse/records.ts';
import { BesideEvents } from './replay/beside.ts';
import { CompletionDetector } from './replay/completion.ts';
import { LastReading } from './replay/last-reading.ts';
import { ReplayThrottle } from './replay/throttle.ts';
import { Backlog } from './tail/backlog.ts';
import { ArrivalJournal } from './tail/journal.ts';
import { readHeadIfAny } from './tail/open-watched.ts';
import { type OwnState, openOwnState } from './tail/own-state.ts';
import { RunDatabases } from './tail/run-databases.ts';
import { stateFile } from './tail/state-dir.ts';
import { Tailer } from './tail/tailer.ts';
import { type WhichFiles, WholeFiles } from './tail/whole-files.ts';

/** What a pipeline has at its ends: where items go, and what is kept of it on our own disk. */
interface Ends extends OwnState {
  readonly sink: Sink;
}

/**
 * Delivers one ADW to a server. `watch` goes on until its signal aborts, `replay` returns when everything on disk is
 * acknowledged; they differ in nothing else.
 * @throws AdwStreamError adw_not_found (replay), and those of {@link openOwnState} and `Delivery.send`
 */
export async function runSidecar(options: SidecarOptions): Promise<SidecarSummary> {
  const { adwId, agentsDir, stateDir, follow, token, onEvents, untilComplete } = options;
  if (!follow && !new AdwTree(options).exists()) {
    throw new AdwStreamError('adw_not_found', `There is no ${adwId}/ in ${agentsDir}.`);
  }
  const state = openOwnState({ ...options, locks: follow });
  const wake = new Wake();
  const sink = new ServerSink({
    ...{ ...options, token, drains: follow, owes: options.beside !== undefined, packs: !(onEvents || untilComplete) },
    deadLettersFile: stateFile(stateDir, adwId, 'rejected.ndjson'),
    onTaken: items => state.acknowledged?.taken(items),
    onChange: () => wake.notify(),
  });
  return new Pipeline(options, { ...state, sink }, wake).run();
}

/**
 * Reads one ADW as `watch` and `replay` do, and delivers nothing (tail, list, status). Times come from the journal of a
 * watch that runs or ran.
 * @returns when everything on disk has been told; with `follow`, when `signal` aborts
 */
export async function observeAdw(options: ObserveOptions): Promise<void> {
  const { adwId, stateDir, log } = options;
  const journal = new ArrivalJournal(stateFile(stateDir, adwId, 'journal'), log, { readOnly: true });
  await new Pipeline(options, { sink: new LocalSink(options), journal }, new Wake()).run();
}

/**
 * One ADW's way through the stages: discover → tail → parse → deliver. One loop goes through them in this order, a piece
 * at a time; nothing else calls a stage. What happens beside the loop (file system events, answers of the server) wakes it.
 */
class Pipeline {
  readonly #options: PipelineOptions;
  readonly #wake: Wake;
  readonly #sink: Sink;
  readonly #ends: Ends;
  readonly #discovery: Discovery;
  readonly #tailer: Tailer;
  readonly #backlog: Backlog;
  readonly #wholeFiles: WholeFiles;
  readonly #databases: RunDatabases;
  readonly #parsers: Parsers;
  readonly #throttle: ReplayThrottle | undefined;
  readonly #completion: CompletionDetector | undefined;
  readonly #beside: BesideEvents;
  readonly #tally = new Tally();
  readonly #progress: ProgressReporter;
  readonly #startedAt = Date.now();
  readonly #lastReading = new LastReading();
  #isStopping = false;
  #isTakenOver = false;
  /** When the loop first polled every file, ms: what came before that was not watched. */
  #watchedSince: number | undefined;
  #isAllRead = false;

  constructor(options: PipelineOptions, ends: Ends, wake: Wake) {
    this.#options = options;
    this.#ends = ends;
    this.#sink = ends.sink;
    this.#wake = wake;
    const { adwId, follow, speed, maxGapMs, signal, backlogScheduler, log, onHealth, onProgress, onCaughtUp } = options;
    const firstStampOf = (path: string) => firstStampIn(readHeadIfAny(path));
    this.#discovery = new Discovery({ ...options, firstStampOf, onHint: () => wake.notify() });
    // Where no server of ours knows what was delivered before, all of it is read again to be judged.
    const readsKnown = options.onKnown !== undefined || options.untilComplete === true;
    const tail = { adwId, acknowledged: ends.acknowledged, journal: ends.journal, follow, readsKnown, log };
    this.#tailer = new Tailer({ ...tail, isWhole: isWholeLine, onUnproven: file => this.#sink.askHeld(file) });
    this.#backlog = new Backlog({ backlogScheduler, wake: () => wake.notify(), isDelivered: () => this.#sink.isEmpty });
    this.#wholeFiles = new WholeFiles({ log });
    this.#databases = new RunDatabases({ adwId, onReady: () => wake.notify() });
    this.#parsers = openParsers({ ...options, home: homedir(), ...(speed === undefined ? {} : { linesMax: 1 }) });
    this.#throttle = speed === undefined ? undefined : new ReplayThrottle({ speed, maxGapMs, signal });
    this.#beside = new BesideEvents(options.beside);
    this.#completion = options.untilComplete ? new CompletionDetector(adwId, options.limits) : undefined;
    this.#progress = new ProgressReporter({
      ...(follow ? { onHealth: () => onHealth?.(this.#summary()) } : {}),
      onProgress: isCaughtUp => onProgress?.(this.#progressNow(isCaughtUp)),
      onCaughtUp,
    });
  }

  /** @returns what was done, when all of it is done */
  async run(): Promise<SidecarSummary> {
    const { signal } = this.#options;
    const onAbort = () => this.#wake.notify();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await this.#loop();
    } catch (error) {
      const isStopped = signal.aborted && error instanceof AdwStreamError && error.code === 'server_unreachable';
      if (!isStopped) throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#close();
    }
    this.#progress.caughtUp();
    return this.#summary();
  }

  async #loop(): Promise<void> {
    for (;;) {
      const now = Date.now();
      this.#takeReports(now);
      this.#findGrowth(now);
      const hasProgressed = await this.#readAndDeliver(now);
      this.#tellProgress(now, hasProgressed);
      if (this.#isOver(now)) return;
      // Timers, sockets and signals get their turn between two pieces.
      if (hasProgressed) await setImmediate();
      else await this.#pause(now);
    }
  }

  /** deliver → tail: where the log stands by now. */
  #takeReports(now: number): void {
    for (const report of this.#sink.takeReports()) {
      if (report.kind === 'positions') this.#onPositions(report);
      else if (report.kind === 'acknowledged') this.#onAcknowledged(report);
      else if (report.kind === 'held') this.#tailer.takeHeld(report.file, report.held);
      else if (this.#completion?.isOver(report.status, now)) this.#stop(now);
    }
    if (this.#sink.error !== undefined) throw this.#sink.error;
    if (this.#options.signal.aborted) this.#stop(now);
  }

  /** discover → tail: which files there are, and which of them grew. Arrivals are written down also while no server is there. */
  #findGrowth(now: number): void {
    for (const path of this.#discovery.takeNamed()) {
      if (!this.#tailer.pollNamed(path, now) && this.#wholeFiles.has(path))
        this.#deliverWholeFiles(now, { absolute: path });
    }
    // A watch goes by the clock; a replay, or a stopping watch, scans once more whenever all is read.
    const isLast = !this.#options.follow || this.#isStopping;
    if (isLast && !this.#isAllRead && !this.#discovery.isScanDue) return;
    const due = this.#discovery.due(now, isLast);
    if (due === 'nothing') return;
    this.#isTakenOver = this.#ends.lock?.isHeld() === false;
    if (due === 'scan' || this.#discovery.isScanWanted) this.#scan(now);
    const grown = this.#tailer.poll(due === 'scan' ? 'all' : 'active', now);
    this.#discovery.grew(grown, now);
    this.#deliverWholeFiles(now, due === 'scan' ? 'all' : 'pending');
    const records = this.#sink.hasRoom ? this.#databases.read(now, due) : [];
    this.#deliverEvents(records.map(read => this.#parsers.records.parse(read)));
    this.#deliverDiagnostics(now);
    const writtenAt = due === 'scan' ? this.#tailer.writtenAt || this.#startedAt : now;
    this.#discovery.polled(now, { what: due, writtenAt });
    this.#watchedSince ??= now;
  }

  /** tail → parse → deliver: the next piece of the file whose turn it is. @returns whether there was one */
  async #readAndDeliver(now: number): Promise<boolean> {
    const canRead = this.#sink.hasRoom && !this.#lastReading.isOver(now, this.#isAllRead);
    if (!this.#backlog.mayReadNext(canRead, () => this.#tailer.writtenAt)) return false;
    const read = this.#tailer.read(now, path => this.#throttle?.isWaiting(path) ?? false);
    this.#backlog.took(read);
    if (read === 'busy') return true;
    const ended = [...this.#tailer.takeEnded(), ...(read ? [] : this.#tailer.quietLogs(now))];
    for (const fold of ended) this.#deliver(this.#parsers.streams.flush(fold));
    if (read) {
      const { items, known } = this.#parsers.streams.parse(read);
      this.#completion?.add(known);
      if (known.length > 0) this.#options.onKnown?.(known);
      this.#deliver(items);
    }
    this.#isAllRead = read === undefined;
    if (this.#isAllRead) this.#deliverAgentPhases(now);
    const due = await this.#throttle?.next();
    if (due) this.#sink.push(due);
    return read !== undefined || due !== undefined;
  }

  #deliver(items: readonly Item[]): void {
    for (const item of items) {
      const { acknowledged } = this.#ends;
      const rest = acknowledged ? acknowledged.withoutAcknowledged(item) : item;
      if (rest === undefined) continue;
      if (this.#throttle) this.#throttle.add(rest);
      else this.#sink.push(rest);
    }
  }

  #deliverEvents(found: readonly FileEvents[]): void {
    const { adwId } = this.#options;
    this.#deliver(found.filter(({ events }) => events.length > 0).map(one => ({ kind: 'events', adwId, found: one })));
  }

  #deliverWholeFiles(now: number, which: WhichFiles): void {
    if (!this.#sink.hasRoom) return;
    for (const file of this.#wholeFiles.settled(now, which)) {
      // What is left of a sub-agent says how it ended: that it began its lines say.
      if (file.found.kind === 'sub-agent' && !this.#isAllRead) continue;
      const outcome = this.#parsers.files.parse(file);
      if (outcome === undefined) continue;
      this.#wholeFiles.done(file.found);
      this.#tally.redacted(outcome.redactions);
      this.#deliverEvents([outcome]);
      // The plan that the state names may lie where no scan has gone yet.
      if (file.found.kind === 'state') this.#discovery.wantScan();
    }
    if (this.#wholeFiles.takeLost()) this.#discovery.taken(undefined);
  }

  /** Where no database tells of the phases of a factory's run, its agents are them. */
  #deliverAgentPhases(now: number): void {
    if (!this.#sink.hasRoom || this.#databases.isPending || this.#databases.hasPhases) return;
    const { roles, files } = this.#discovery.agents;
    this.#deliverEvents(this.#parsers.files.agentPhases(roles, role => this.#discovery.beganAt(role, { now, files })));
  }

  #deliverDiagnostics(now: number): void {
    const unreadable = [this.#tailer, this.#wholeFiles, this.#databases].flatMap(stage => stage.takeUnreadable());
    for (const place of unreadable) this.#diagnose(place);
    const polling = this.#discovery.takePolling();
    if (polling !== undefined) this.#parsers.diagnostics.polling(polling);
    if (!this.#sink.hasRoom) return;
    this.#deliverEvents(
      this.#parsers.diagnostics.take({ now, isGrowing: () => this.#tailer.grewAt > (this.#watchedSince ?? now) }),
    );
  }

  #diagnose(place: Unreadable): void {
    const fields = this.#parsers.diagnostics.unreadable(place, writtenAt(place.absolute, Date.now()));
    if (fields !== undefined) this.#options.log.report('file_unreadable', fields);
  }

  #scan(now: number): void {
    const scan = this.#discovery.scan(this.#parsers.files.planHint);
    if (scan === undefined) return;
    for (const place of scan.unreadable) this.#diagnose(place);
    // Roles are told of before what they hold; without room for that, a later scan tells.
    let isAllTaken = this.#sink.hasRoom;
    const timeOf = (role: string) => this.#discovery.roleTime(role, { now, files: scan.files });
    if (isAllTaken) this.#deliverEvents(this.#parsers.files.roles(scan.roles, timeOf, scan.agents));
    else this.#discovery.wantScan();
    for (const found of scan.files) {
      if (found.kind === 'database') this.#databases.add(found);
      else if (found.kind !== 'stream' && found.kind !== 'log') this.#wholeFiles.add(found, now);
      else if (!this.#tailer.add(found, { now, watched: this.#watchedSince !== undefined })) isAllTaken = false;
    }
    this.#discovery.taken(isAllTaken ? scan : undefined);
  }

  /** The first report says where the log stands; a later one that it stands elsewhere than we thought, or is another log. */
  #onPositions({ positions, held }: Extract<SinkReport, { kind: 'positions' }>): void {
    this.#discovery.demandScan();
    if (this.#sink.isReference) this.#parsers.streams.standAlone();
    const log = this.#tailer.takePositions(positions, held);
    this.#throttle?.dropUnits();
    this.#deliverEvents(this.#beside.takeFirst(log === 'new log'));
    if (log !== 'new log') return;
    this.#options.log.report('log_new');
    this.#parsers.files.forget();
    this.#parsers.records.forget();
    this.#wholeFiles.forget();
    this.#databases.forget();
    this.#discovery.taken(undefined);
  }

  #onAcknowledged({ items, outcome }: Extract<SinkReport, { kind: 'acknowledged' }>): void {
    this.#progress.moved();
    this.#tally.acknowledged(items, { ...outcome, refused: outcome.refused.length });
    this.#ends.acknowledged?.add(items);
    if (outcome.ahead && !this.#tailer.isOnDisk(outcome.ahead)) this.#sink.askPositions();
    for (const item of items) {
      this.#completion?.add(eventsOf(item));
      this.#options.onEvents?.(eventsOf(item));
    }
  }

  /** What was written last has to settle for a moment before it counts as complete; after that no more is read. */
  #stop(now: number): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const { follow, signal } = this.#options;
    this.#lastReading.begin(now, signal.aborted && !(follow && this.#ends.lock));
    this.#discovery.demandScan();
  }

  #isOver(now: number): boolean {
    if (this.#isTakenOver) {
      this.#options.log.report('watch_taken_over');
      return true;
    }
    const { follow, beside } = this.#options;
    if (follow && !this.#isStopping) return false;
    // A command may end before the server has answered for the first time: what it has written is to be read.
    if (!this.#sink.isOpen) return follow && (this.#sink.retries > 0 || this.#lastReading.isOver(now, !beside));
    const isOver = this.#lastReading.isOver(now, this.#isAllRead);
    if (isOver || !this.#isWaiting()) this.#deliverEvents(this.#beside.takeLast());
    if (isOver) return this.#sink.isEmpty;
    return !this.#isWaiting() && this.#sink.isEmpty && (this.#throttle?.isEmpty ?? true);
  }

  /** Whether there is something to read, or something that waits for its quiet time. */
  #isWaiting(): boolean {
    if (this.#discovery.isScanDue || this.#discovery.isScanWanted || !this.#isAllRead) return true;
    if (this.#databases.isPending) return true;
    if (this.#wholeFiles.isPending || this.#parsers.diagnostics.isPending || this.#tailer.isDirty) return true;
    for (const fold of this.#tailer.logs()) if (this.#parsers.streams.hasPending(fold)) return true;
    return false;
  }

  async #pause(now: number): Promise<void> {
    this.#ends.acknowledged?.save(false);
    this.#sink.checkLog(now);
    const quietMs = agoMs(Math.max(this.#startedAt, this.#tailer.grewAt), now);
    if (this.#completion?.isToBeAsked(quietMs, now)) this.#sink.askStatus();
    await this.#wake.wait(this.#restMs(now));
  }

  /** Until the loop goes on by itself, ms. */
  #restMs(now: number): number {
    const { follow, onHealth, onProgress } = this.#options;
    const isWaiting = this.#wholeFiles.isPending || this.#parsers.diagnostics.isPending;
    const isActive = this.#tailer.isActive || isWaiting || this.#databases.isActive(now);
    const isTold = this.#completion !== undefined || onHealth !== undefined || onProgress !== undefined;
    return this.#discovery.restMs(now, { isLast: !follow || this.#isStopping, isActive, isTold });
  }

  #tellProgress(now: number, hasProgressed: boolean): void {
    if (hasProgressed) this.#progress.moved();
    const { isCaughtUp } = this.#tailer;
    const isAllDone = isCaughtUp && !hasProgressed && !this.#discovery.isScanWanted && this.#sink.isEmpty;
    // A replay is at its end only once its throttle has let everything go.
    if (isAllDone && this.#options.follow) this.#progress.caughtUp();
    this.#progress.tell(now, { isOpen: this.#sink.isOpen, isAllDone });
  }

  #progressNow(caughtUp: boolean): SidecarProgress {
    const { lines, events } = this.#tally;
    return { extent: () => this.#tailer.extent(), lines, events, connected: this.#sink.isConnected, caughtUp };
  }

  #summary(): SidecarSummary {
    const now = Date.now();
    return {
      adwId: this.#options.adwId,
      ...this.#tally.summary(this.#tailer.summaries(now)),
      seconds: (now - this.#startedAt) / 1000,
      retries: this.#sink.retries,
      disputed: this.#tailer.disputed,
    };
  }

  #close(): void {
    this.#backlog.close();
    this.#ends.acknowledged?.save(true);
    this.#tailer.close();
    this.#databases.close();
    this.#discovery.close();
    this.#ends.journal.close();
    this.#sink.close();
    this.#ends.lock?.release();
  }
}
