import { applyEvent, initialState, summarize } from '../adw/fold.ts';
import type { AdwSummary } from '../adw/summary-shape.ts';
import { systemClock } from '../base/clock.ts';
import type { NewEvent } from '../event/schema.ts';
import { openBell } from './bell.ts';
import type { Context } from './context.ts';
import { limitsOf } from './judgement-limits.ts';
import { eventPrinter } from './output/event-printer.ts';
import { formatPlural } from './output/format.ts';
import { openScreen, type Screen } from './output/screen.ts';
import { type LinkStatus, statusBlock } from './output/status-block.ts';
import { createPast } from './past.ts';

/** What a person sees while an ADW is followed: its log, and on a terminal a status block below. */
export interface View {
  /** Events that are new to the server: they are shown, and change the picture. */
  readonly show: (events: readonly NewEvent[]) => void;
  /** Events that were known before: they only change the picture. */
  readonly know: (events: readonly NewEvent[]) => void;
  /** How the way to the server is. */
  readonly link: (link: LinkStatus) => void;
  /** What the events so far say. */
  summary(): AdwSummary;
  /** Takes the block away; what is printed afterwards has the screen for itself. */
  close(): void;
}

/** Time between two drawings of the block while events come in, ms. */
const FRAME_MS = 100;
/** Time between two drawings while nothing happens: clocks go on, ms. */
const TICK_MS = 1_000;
/** How long a server that never answered may take before it is said that it does not, ms. */
const CONNECT_MS = 2_000;

/** Opens the view of one ADW. */
export function openView(context: Context, adwId: string): View {
  const { io, terminal, settings } = context;
  // A program that asked for records gets them; a person who asked for silence gets it.
  const isSilent = settings.quiet && terminal.form !== 'ndjson';
  const printer = eventPrinter(terminal, { times: settings.timestamps });
  const startedMs = systemClock.now();
  const onLeftOut = (events: number): void =>
    terminal.log.report('past_left_out', { events: formatPlural(events, 'event'), adw_id: adwId });
  const { form } = terminal;
  const past = isSilent ? undefined : createPast({ printer, form, lines: settings.lines, startedMs, onLeftOut });
  const state = initialState(adwId);
  let link: LinkStatus = { server: settings.server, state: 'connecting', lagBytes: () => 0 };
  const fold = (events: readonly NewEvent[]): void => {
    // The fold wants an order of its own: events come from disk, before any log has numbered them.
    for (const { type, data } of events) applyEvent(state, { type, data, seq: state.lastSeq + 1 });
  };
  const summary = () => summarize(state, systemClock.now(), limitsOf(settings));
  const hasBlock = io.stdout.isTTY === true && terminal.form === 'pretty' && !isSilent;
  const bell = hasBlock ? openBell(context, state) : undefined;
  const picture = () => {
    const now = summary();
    bell?.(now);
    return { summary: now, link };
  };
  const block = hasBlock ? openBlock(context, picture) : undefined;
  return {
    show(events) {
      fold(events);
      past?.show(events);
      block?.touch();
    },
    know(events) {
      fold(events);
      past?.keep(events);
      block?.touch();
    },
    link(now) {
      const isConnecting = link.state === 'connecting' && systemClock.now() - startedMs < CONNECT_MS;
      link = now.state === 'down' && isConnecting ? { ...now, state: 'connecting' } : now;
      if (link.state === 'up') past?.tell();
      block?.touch();
    },
    summary,
    close() {
      past?.tell();
      block?.close();
    },
  };
}

interface Block {
  /** Something has changed. */
  touch(): void;
  close(): void;
}

function openBlock({ io, terminal }: Context, picture: () => { summary: AdwSummary; link: LinkStatus }): Block {
  let frame: NodeJS.Timeout | undefined;
  const draw = (): void => {
    frame = undefined;
    const { summary, link } = picture();
    const { width, height: rows } = screen.size();
    const height = Math.max(4, Math.floor(rows / 3));
    screen.draw(statusBlock(summary, { paint: terminal.paint, width, height, nowMs: systemClock.now(), link }));
  };
  const screen: Screen = openScreen({ stream: io.stdout, terminal, onResize: draw });
  const tick = setInterval(draw, TICK_MS);
  draw();
  return {
    touch() {
      frame ??= setTimeout(draw, FRAME_MS);
    },
    close() {
      clearInterval(tick);
      clearTimeout(frame);
      screen.close();
    },
  };
}
