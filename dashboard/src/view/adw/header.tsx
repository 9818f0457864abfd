import { isEnded } from '../../../../src/adw/run-state.ts';
import { tokensTold } from '../../../../src/adw/tokens.ts';
import { ago, clock, clockSpan, short, since, spending, whole } from '../../base/text.ts';
import type { Session } from '../../data/session.ts';
import { source } from '../../data/source.ts';
import { cutoff, seek, summary } from '../../state/replay.ts';
import { dialog, drawer, go, now, view } from '../../state/store.ts';
import { Chip, CopyButton, IconButton, Status } from '../parts/bits.tsx';
import { Icon } from '../parts/icon.tsx';
import { ThemeButton } from '../parts/theme-button.tsx';
import { RecordChip } from '../record.tsx';

/** The run, its status, duration, cost and last event: the line that a reader sees first. */
export function Header({ session }: { session: Session }) {
  const adw = summary.value;
  return (
    <header class="adw-header">
      {!source().exported && (
        <a class="icon-button" href="#/" aria-label="All workflows" title="All workflows">
          <Icon name="home" />
        </a>
      )}
      <IconButton icon="menu" label="Roles" class="only-narrow" onClick={() => (drawer.value = !drawer.value)} />
      <h1 class="adw-name">
        <span class="mono">{session.adwId}</span>
      </h1>
      <CopyButton text={session.adwId} what="the ADW id" />
      <span class="adw-issue ellipsis" title={[adw?.title, adw?.branch].filter(Boolean).join(' · ')}>
        {adw?.issue_number && <b>#{adw.issue_number} </b>}
        {adw?.title ?? ''}
        {adw?.branch && <span class="muted mono"> {adw.branch}</span>}
        {adw?.commit && <span class="muted mono"> {adw.commit.slice(0, 10)}</span>}
        {adw?.pull_request && <PullRequest address={adw.pull_request} />}
      </span>
      {adw && <Numbers />}
      {session.phase.value !== 'failed' && (
        <>
          <Freshness session={session} />
          <FollowButton />
          <ExportLink adwId={session.adwId} />
        </>
      )}
      <ThemeButton />
      <IconButton
        icon="search"
        label="Open the palette (Ctrl+K)"
        class="not-narrow"
        onClick={() => (dialog.value = 'palette')}
      />
      <IconButton
        icon="keyboard"
        label="Keyboard help (?)"
        class="not-narrow"
        onClick={() => (dialog.value = 'help')}
      />
    </header>
  );
}

/** The pull request that it made, by its number where its address ends with one. */
function PullRequest({ address }: { address: string }) {
  const number = /\/(\d+)\/?$/.exec(address)?.[1];
  const name = number === undefined ? 'pull request' : `pull request ${number}`;
  // Agents say it: anything else than a web address is no link.
  if (!/^https?:\/\//i.test(address)) return <span class="muted"> {address}</span>;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer" title={address}>
      {' '}
      {name}
    </a>
  );
}

function Numbers() {
  const adw = summary.value;
  if (!adw) return null;
  const { totals } = adw;
  const input = totals.input_tokens + totals.cache_read_tokens + totals.cache_write_tokens;
  const all = tokensTold(totals);
  const cached = input > 0 ? Math.round((100 * totals.cache_read_tokens) / input) : 0;
  const live = !isEnded(adw.status) && adw.status !== 'pending';
  const elapsed =
    live && cutoff.value === undefined && adw.first_event_at && adw.elapsed_ms !== null
      ? now.value - Date.parse(adw.first_event_at)
      : adw.elapsed_ms;
  return (
    <span class="numbers">
      <span title={adw.why} class="number">
        <Status status={adw.status} />
        <b>{elapsed === null ? '–' : `${adw.elapsed_estimated ? '~' : ''}${clockSpan(elapsed)}`}</b>
      </span>
      <span
        class="number"
        title={
          totals.cost_estimated
            ? 'At least so much: worked out from token usage where no result says it'
            : 'The sum of what the results say'
        }
      >
        <b>{spending(totals)}</b>
        <span class="muted">{totals.cost_estimated || !isEnded(adw.status) ? 'so far' : 'final'}</span>
      </span>
      <span
        class="number not-narrow"
        title={
          all === null
            ? 'No line has told of tokens yet'
            : `${whole(all)} tokens: ${whole(input)} in (${whole(totals.cache_read_tokens)} from cache), ${whole(totals.output_tokens)} out`
        }
      >
        <b>{all === null ? '–' : short(all)}</b>
        <span class="muted">tok{all === null ? '' : ` · ${cached}% cached`}</span>
      </span>
      <button type="button" class="number" onClick={() => go({ tab: 'errors' }, 'push')} title="Show the errors">
        <Chip tone={totals.errors > 0 ? 'bad' : ''}>
          {totals.errors > 0 && <Icon name="error" />}
          {whole(totals.errors)} {totals.errors === 1 ? 'error' : 'errors'}
        </Chip>
      </button>
    </span>
  );
}

/** The run as one file, which opens anywhere without a server. */
function ExportLink({ adwId }: { adwId: string }) {
  const url = source().exportUrl(adwId);
  if (url === '') return null;
  return (
    <a
      class="icon-button not-narrow"
      href={url}
      download
      aria-label="Export this run"
      title="Export this run as one page that needs no server"
    >
      <Icon name="save" />
    </a>
  );
}

/** How old what is shown can be, in a word. */
function Freshness({ session }: { session: Session }) {
  const adw = summary.value;
  const link = session.link.value;
  const last = adw?.last_event_at ? Date.parse(adw.last_event_at) : Number.NaN;
  if (cutoff.value !== undefined) {
    return (
      <button type="button" class="chip warn fresh" onClick={() => seek(undefined)} title="Back to live">
        <Icon name="clock" /> replay {clock(session.table.value.timeOf(cutoff.value))}
      </button>
    );
  }
  if (link.state === 'lagging') return <Chip tone="warn">catching up ({whole(link.behind)} behind)</Chip>;
  if (link.state === 'connecting') return <Chip tone="muted">connecting</Chip>;
  if (link.state === 'retrying') {
    const wait = Math.max(0, Math.ceil((link.retryAt - now.value) / 1000));
    return (
      <Chip tone="warn" title={Number.isNaN(last) ? '' : `Data until ${clock(last)}`}>
        <Icon name="refresh" /> reconnecting {wait} s
      </Chip>
    );
  }
  if (link.state === 'exported') return <RecordChip />;
  const ended = adw && isEnded(adw.status);
  if (ended)
    return <Chip title={`Last event ${clock(last)}`}>ended {Number.isNaN(last) ? '' : since(now.value - last)}</Chip>;
  return (
    <Chip tone="live">
      <span class="live-dot" aria-hidden="true" /> live {Number.isNaN(last) ? '' : ago(Math.max(0, now.value - last))}
    </Chip>
  );
}

function FollowButton() {
  const { follow, tab } = view.value;
  return (
    <button
      type="button"
      class="button follow-button not-narrow"
      aria-pressed={follow}
      disabled={tab !== 'timeline'}
      title="Keep the newest row in view (f)"
      onClick={() => go({ follow: !follow })}
    >
      <Icon name={follow ? 'check' : 'down'} /> Follow
    </button>
  );
}
