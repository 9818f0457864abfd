import type { AdwSummary } from '../../../../src/adw/summary-shape.ts';
import { messageOf } from '../../../../src/base/errors.ts';
import { clock, clockSpan, plural } from '../../base/text.ts';
import type { Link } from '../../data/live.ts';
import type { Session } from '../../data/session.ts';
import { cutoff, estimated, summary } from '../../state/replay.ts';
import { go, now } from '../../state/store.ts';
import { overview } from '../../state/timeline.ts';
import { Icon } from '../parts/icon.tsx';
import { isSessionOver, SessionEnded } from '../parts/session-ended.tsx';
import { useAsync } from '../parts/use-async.ts';
import { RecordBar } from '../record.tsx';
import { jumpToEvent } from '../timeline/moves.ts';

/** What the reader has to know about what is shown: broken connection, silence, guessed times, an end without a word. */
export function Bars({ session }: { session: Session }) {
  const adw = summary.value;
  const link = session.link.value;
  const last = adw?.last_event_at ? Date.parse(adw.last_event_at) : Number.NaN;
  return (
    <>
      {link.state === 'retrying' && <Retrying link={link} last={last} />}
      {link.state === 'live' && link.recovered !== undefined && (
        <div class="bar good" role="status">
          <Icon name="ok" /> Recovered {plural(link.recovered, 'event')}.
        </div>
      )}
      {session.error.value !== undefined && session.phase.value === 'ready' && (
        <div class="bar bad" role="alert">
          <Icon name="error" /> {messageOf(session.error.value)}
        </div>
      )}
      {estimated.value && (
        <div class="bar">
          <Icon name="clock" />
          Times are estimated from file mtimes and result.duration_ms; the time axis shows the sequence of events.
        </div>
      )}
      {adw !== undefined && cutoff.value === undefined && <State adw={adw} last={last} />}
      <RecordBar session={session} />
      <Diagnostics session={session} />
      {adw !== undefined && adw.totals.lost_bytes > 0 && (
        <div class="bar warn">
          <Icon name="warning" />
          {plural(adw.totals.lost_bytes, 'byte')} were rewritten before they could be read.
          <button type="button" class="button" onClick={() => go({ tab: 'errors' }, 'push')}>
            errors
          </button>
        </div>
      )}
    </>
  );
}

/** The server is away, or no longer lets this browser in: then trying again is of no use, and the way in is said. */
function Retrying({ link, last }: { link: Extract<Link, { state: 'retrying' }>; last: number }) {
  const isLoggedOut = useAsync(isSessionOver, [link.retryAt]).value;
  if (isLoggedOut) return <SessionEnded>Showing data until {clock(last)}.</SessionEnded>;
  return (
    <div class="bar bad" role="alert">
      <Icon name="warning" />
      <span>
        Disconnected. Showing data until {clock(last)}. Retry in{' '}
        {Math.max(0, Math.ceil((link.retryAt - now.value) / 1000))} s
      </span>
      <button type="button" class="button" onClick={link.retryNow}>
        now
      </button>
    </div>
  );
}

/** What the run is, where that is nothing good: silent, failed, or ended without a word. @param last ms of its last event */
function State({ adw, last }: { adw: AdwSummary; last: number }) {
  return (
    <>
      {adw.status === 'stalled' && (
        <div class="bar warn" role="status">
          <Icon name="warning" />
          <span>
            No output for {clockSpan(now.value - last)}. {adw.why}
          </span>
        </div>
      )}
      {adw.status === 'failed' && (
        <div class="bar bad">
          <Icon name="error" />
          <span dir="auto">
            <b>Failed:</b> {adw.why}
          </span>
          {adw.evidence[0] !== undefined && (
            <button type="button" class="button" onClick={() => jumpToEvent(adw.evidence[0]!)}>
              show the event
            </button>
          )}
        </div>
      )}
      {adw.status === 'ended_without_result' && (
        <div class="bar warn">
          <Icon name="warning" />
          Ended without a result — last activity {clock(last)}. {adw.why}
        </div>
      )}
    </>
  );
}

/** What the sidecar could not read or be told of, with the remedy. */
function Diagnostics({ session }: { session: Session }) {
  void overview.value;
  const table = session.table.value;
  const open = table.openDiagnostics((cutoff.value ?? table.length - 1) + 1).map(at => table.rowData[at]!);
  const unreadable = open.filter(rowData => rowData.diagnostic === 'file_unreadable');
  const polling = open.find(rowData => rowData.diagnostic === 'polling');
  const [first] = unreadable;
  return (
    <>
      {first && (
        <div class="bar bad" role="alert">
          <Icon name="error" />
          <span>
            {unreadable.length > 1 && `${plural(unreadable.length, 'file')} cannot be read. `}
            {first.summary}
          </span>
          <button type="button" class="button" onClick={() => go({ tab: 'errors' }, 'push')}>
            errors
          </button>
        </div>
      )}
      {polling && (
        <div class="bar warn">
          <Icon name="warning" />
          <span>{polling.summary}</span>
        </div>
      )}
    </>
  );
}
