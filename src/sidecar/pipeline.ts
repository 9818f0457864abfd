import { homedir } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { agoMs } from '../base/clock.ts';
import { AdwStreamError } from '../base/errors.ts';
import { writtenAt } from '../base/stat.ts';
import { Wake } from '../base/wake.ts';
import { LocalSink } from './deliver/local-sink.ts';
import { Progress } from './deliver/progress.ts';
import { ServerSink } from './deliver/server-sink.ts';
import type { Sink, SinkReport } from './deliver/sink.ts';
import { Discovery } from './discover/discovery.ts';
import { AdwTree } from './discover/tree.ts';
import { eventsOf, type FileEvents, type Item, type SidecarSummary } from './flow.ts';
import type { ObserveOptions, PipelineOptions, SidecarOptions } from './options.ts';
import { firstStampIn } from './parse/formats/registry.ts';
import { openParsers, type Parsers } from './parse/open-parsers.ts';
import { isWholeLine } from './parse/records.ts';
import { BesideEvents } from './replay/beside.ts';
import { CompletionDetector } from './replay/completion.ts';
import { LastReading } from './replay/last-reading.ts';
import { ReplayThrottle } from './replay/throttle.ts';
import { ArrivalJournal } from './tail/journal.ts';
import { readHeadIfAny } from './tail/open-watched.ts';
import { type OwnState, openOwnState } from './tail/own-state.ts';
import { stateFile } from './tail/state-dir.ts';
import { Tail } from './tail/tail.ts';
import type { WhichFiles } from './tail/whole-files.ts';

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
  return new Pipeline(options, { state, sink, wake }).run();
}

/**
 * Reads one ADW as `watch` and `replay` do, and delivers nothing (tail, list, status). Times come from the journal of a
 * watch that runs or ran.
 * @returns when everything on disk has been told; with `follow`, when `signal` aborts
 */
export async function observeAdw(options: ObserveOptions): Promise<void> {
  const { adwId, stateDir, log } = options;
  const journal = new ArrivalJournal(stateFile(stateDir, adwId, 'journal'), log, { readOnly: true });
  await new Pipeline(options, { state: { journal }, sink: new LocalSink(options), wake: new Wake() }).run();
}

/**
 * One ADW's way through the stages: discover → tail → parse → deliver. One loop goes through them in this order, a piece at
 * a time. What happens beside the loop (file system events, answers of the server) wakes it. What a stage has to know of another
 * in the middle of its own work it asks by a function that it is given here; docs/decisions.md lists them.
 */
class Pipeline {
  readonly #options: PipelineOptions;
  readonly #wake: Wake;
  readonly #discovery: Discovery;
  readonly #tail: Tail;
  readonly #parsers: Parsers;
  readonly #throttle: ReplayThrottle | undefined;
  readonly #sink: Sink;
  readonly #beside: BesideEvents;
  readonly #completion: CompletionDetector | undefined;
  readonly #lastReading = new LastReading();
  readonly #progress: Progress;
  readonly #startedAt = Date.now();
  /** When the loop first polled every file, ms: what came before that was not watched. */
  #watchedSince: number | undefined;
  #isTakenOver = false;

  constructor(options: PipelineOptions, { state, sink, wake }: { state: OwnState; sink: Sink; wake: Wake }) {
    const { adwId, follow, speed, maxGapMs, signal, backlogScheduler, log } = options;
    const notify = () => wake.notify();
    this.#options = options;
    this.#wake = wake;
    const firstStampOf = (path: string) => firstStampIn(readHeadIfAny(path));
    this.#discovery = new Discovery({ ...options, firstStampOf, onHint: notify });
    this.#tail = new Tail(state, {
      ...{ adwId, follow, backlogScheduler, wake: notify, log },
      // Where no server of ours knows what was delivered before, all of it is read again to be judged.
      readsKnown: options.onKnown !== undefined || options.untilComplete === true,
      isWhole: isWholeLine,
      onUnproven: file => sink.askHeld(file),
    });
    this.#parsers = openParsers({ ...options, home: homedir(), ...(speed === undefined ? {} : { linesMax: 1 }) });
    this.#throttle = speed === undefined ? undefined : new ReplayThrottle({ speed, maxGapMs, signal });
    this.#sink = sink;
    this.#beside = new BesideEvents(options.beside);
    this.#completion = options.untilComplete ? new CompletionDetector(adwId, options.limits) : undefined;
    const { lines } = this.#tail;
    const files = (now: number) => ({ perFile: lines.summaries(now), disputed: lines.disputed });
    this.#progress = new Progress(options, { sink, extent: () => lines.extent(), files });
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
      this.#discovery.close();
      this.#sink.close();
      this.#tail.close();
    }
    this.#progress.caughtUp();
    return this.#progress.summary();
  }

  async #loop(): Promise<void> {
    for (;;) {
      const now = Date.now();
      this.#takeReports(now);
      this.#findGrowth(now);
      const hasProgressed = await this.#readAndDeliver(now);
      const isAllRead = this.#tail.lines.isCaughtUp && !hasProgressed && !this.#discovery.isScanWanted;
      this.#progress.tell(now, { hasProgressed, isAllRead });
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
      else if (report.kind === 'held') this.#tail.lines.takeHeld(report.file, report.held);
      else if (this.#completion?.isOver(report.status, now)) this.#stop(now);
    }
    if (this.#sink.error !== undefined) throw this.#sink.error;
    if (this.#options.signal.aborted) this.#stop(now);
  }

  /** discover → tail: which files there are, and which of them grew. Arrivals are written down also while no server is there. */
  #findGrowth(now: number): void {
    for (const path of this.#discovery.takeNamed()) {
      if (!this.#tail.lines.pollNamed(path, now) && this.#tail.wholeFiles.has(path))
        this.#deliverWholeFiles(now, { absolute: path });
    }
    // A watch goes by the clock; a replay, or a stopping watch, scans once more whenever all is read.
    if (this.#isLast && !this.#tail.isAllRead && !this.#discovery.isScanDue) return;
    const due = this.#discovery.due(now, this.#isLast);
    if (due === 'nothing') return;
    this.#isTakenOver = this.#tail.isTakenOver;
    if (due === 'scan' || this.#discovery.isScanWanted) this.#scan(now);
    this.#discovery.grew(this.#tail.lines.poll(due === 'scan' ? 'all' : 'active', now), now);
    this.#deliverWholeFiles(now, due === 'scan' ? 'all' : 'pending');
    const records = this.#sink.hasRoom ? this.#tail.databases.read(now, due) : [];
    this.#deliverEvents(records.map(read => this.#parsers.records.parse(read)));
    this.#deliverDiagnostics(now);
    const writtenAt = due === 'scan' ? this.#tail.lines.writtenAt || this.#startedAt : now;
    this.#discovery.polled(now, { what: due, writtenAt });
    this.#watchedSince ??= now;
  }

  /** tail → parse → deliver: the next piece of the file whose turn it is. @returns whether there was one */
  async #readAndDeliver(now: number): Promise<boolean> {
    const canRead = this.#sink.hasRoom && !this.#lastReading.isOver(now, this.#tail.isAllRead);
    if (!this.#tail.mayRead(canRead, this.#sink.isEmpty)) return false;
    const read = this.#tail.read(now, path => this.#throttle?.isWaiting(path) ?? false);
    if (read === 'busy') return true;
    for (const fold of this.#tail.takeEnded(now)) this.#deliver(this.#parsers.streams.flush(fold));
    if (read) {
      const { items, known } = this.#parsers.streams.parse(read);
      this.#completion?.add(known);
      if (known.length > 0) this.#options.onKnown?.(known);
      this.#deliver(items);
    } else this.#deliverAgentPhases(now);
    const due = await this.#throttle?.next();
    if (due) this.#sink.push(due);
    return read !== undefined || due !== undefined;
  }

  /** To the sink, at once or when the throttle lets them go. A reference server is not told what it was told before. */
  #deliver(items: readonly Item[]): void {
    for (const item of items) {
      const rest = this.#tail.withoutAcknowledged(item);
      if (rest === undefined) continue;
      if (this.#throttle) this.#throttle.add(rest);
      else this.#sink.push(rest);
    }
  }

  #deliverEvents(found: readonly FileEvents[]): void {
    const { adwId } = this.#options;
    this.#deliver(found.filter(({ events }) => events.length > 0).map(one => ({ kind: 'events', adwId, found: one })));
  }

  #scan(now: number): void {
    const scan = this.#discovery.scan(this.#parsers.files.planHint);
    if (scan === undefined) return;
    // Roles are told of before what they hold; without room for that, a later scan tells.
    let isAllTaken = this.#sink.hasRoom;
    const timeOf = (role: string) => this.#discovery.roleTime(role, { now, files: scan.files });
    if (isAllTaken) this.#deliverEvents(this.#parsers.files.roles(scan.roles, timeOf, scan.agents));
    else this.#discovery.wantScan();
    const watched = this.#watchedSince !== undefined;
    for (const found of scan.files) if (!this.#tail.add(found, { now, watched })) isAllTaken = false;
    this.#discovery.taken(isAllTaken ? scan : undefined);
  }

  #deliverWholeFiles(now: number, which: WhichFiles): void {
    if (!this.#sink.hasRoom) return;
    for (const file of this.#tail.settled(now, which)) {
      const outcome = this.#parsers.files.parse(file);
      if (outcome === undefined) continue;
      this.#tail.wholeFiles.done(file.found);
      this.#progress.redacted(outcome.redactions);
      this.#deliverEvents([outcome]);
      // The plan that the state names may lie where no scan has gone yet.
      if (file.found.kind === 'state') this.#discovery.wantScan();
    }
    if (this.#tail.wholeFiles.takeLost()) this.#discovery.taken(undefined);
  }

  /** Where no database tells of the phases of a factory's run, its agents are them. */
  #deliverAgentPhases(now: number): void {
    const { databases } = this.#tail;
    if (!this.#sink.hasRoom || databases.isPending || databases.hasPhases) return;
    const { roles, files } = this.#discovery.agents;
    this.#deliverEvents(this.#parsers.files.agentPhases(roles, role => this.#discovery.beganAt(role, { now, files })));
  }

  /** What cannot be seen: to the terminal at once, as events when there is room. */
  #deliverDiagnostics(now: number): void {
    const { diagnostics } = this.#parsers;
    for (const place of [...this.#discovery.takeUnreadable(), ...this.#tail.takeUnreadable()]) {
      const fields = diagnostics.unreadable(place, writtenAt(place.absolute, Date.now()));
      if (fields !== undefined) this.#options.log.report('file_unreadable', fields);
    }
    const polling = this.#discovery.takePolling();
    if (polling !== undefined) diagnostics.polling(polling);
    if (!this.#sink.hasRoom) return;
    const isGrowing = () => this.#tail.lines.grewAt > (this.#watchedSince ?? now);
    this.#deliverEvents(diagnostics.take({ now, isGrowing }));
  }

  /** The first report says where the log stands; a later one that it stands elsewhere than we thought, or is another log. */
  #onPositions({ positions, held }: Extract<SinkReport, { kind: 'positions' }>): void {
    this.#discovery.demandScan();
    if (this.#sink.isReference) this.#parsers.streams.standAlone();
    const log = this.#tail.lines.takePositions(positions, held);
    this.#throttle?.dropUnits();
    this.#deliverEvents(this.#beside.takeFirst(log === 'new log'));
    if (log !== 'new log') return;
    this.#options.log.report('log_new');
    this.#parsers.forget();
    this.#tail.forget();
    this.#discovery.taken(undefined);
  }

  #onAcknowledged({ items, outcome }: Extract<SinkReport, { kind: 'acknowledged' }>): void {
    this.#progress.acknowledged(items, outcome);
    this.#tail.acknowledged(items);
    if (outcome.ahead && !this.#tail.lines.isOnDisk(outcome.ahead)) this.#sink.askPositions();
    for (const item of items) {
      this.#completion?.add(eventsOf(item));
      this.#options.onEvents?.(eventsOf(item));
    }
  }

  /** What was written last has to settle for a moment before it counts as complete; after that no more is read. */
  #stop(now: number): void {
    if (this.#lastReading.hasBegun) return;
    this.#lastReading.begin(now, this.#options.signal.aborted && !this.#tail.isLocked);
    this.#discovery.demandScan();
  }

  /** Whether no more is waited for than for what is there to be complete. */
  get #isLast(): boolean {
    return !this.#options.follow || this.#lastReading.hasBegun;
  }

  #isOver(now: number): boolean {
    if (this.#isTakenOver) this.#options.log.report('watch_taken_over');
    if (this.#isTakenOver || !this.#isLast) return this.#isTakenOver;
    const { follow, beside } = this.#options;
    // A command may end before the server has answered for the first time: what it has written is to be read.
    if (!this.#sink.isOpen) return follow && (this.#sink.retries > 0 || this.#lastReading.isOver(now, !beside));
    const isTimeUp = this.#lastReading.isOver(now, this.#tail.isAllRead);
    if (!isTimeUp && this.#isWaiting()) return false;
    this.#deliverEvents(this.#beside.takeLast());
    return this.#sink.isEmpty && (isTimeUp || (this.#throttle?.isEmpty ?? true));
  }

  /** Whether there is something to read, or something that waits for its quiet time. */
  #isWaiting(): boolean {
    return this.#discovery.isPending || this.#tail.isPending || this.#parsers.isPending(this.#tail.lines.logs());
  }

  /** Until something happens, or is due. */
  async #pause(now: number): Promise<void> {
    this.#tail.save();
    this.#sink.checkLog(now);
    const quietMs = agoMs(Math.max(this.#startedAt, this.#tail.lines.grewAt), now);
    if (this.#completion?.isToBeAsked(quietMs, now)) this.#sink.askStatus();
    const { onHealth, onProgress } = this.#options;
    const isTold = this.#completion !== undefined || onHealth !== undefined || onProgress !== undefined;
    const isActive = this.#parsers.diagnostics.isPending || this.#tail.isActive(now);
    await this.#wake.wait(this.#discovery.pauseMs(now, { isLast: this.#isLast, isActive, isTold }));
  }
}
