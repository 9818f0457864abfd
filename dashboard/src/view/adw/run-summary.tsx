import { computed } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { isEnded } from '../../../../src/adw/run-state.ts';
import type { AdwSummary, TaskSummary } from '../../../../src/adw/summary-shape.ts';
import { taskKind } from '../../../../src/adw/task-words.ts';
import { dollars, duration, plural, short, spending, whole } from '../../base/text.ts';
import { NONE, type RowTable } from '../../data/row-table.ts';
import type { Session } from '../../data/session.ts';
import { source } from '../../data/source.ts';
import { sumOfNet } from '../../run/changes.ts';
import { type ErrorCause, errorCauses, errorsOf } from '../../run/error-causes.ts';
import { firstPrompt } from '../../run/first-prompt.ts';
import { shownImages } from '../../run/shown-images.ts';
import { type Turn, whyDear } from '../../run/turns.ts';
import { cutoff, summary, until } from '../../state/replay.ts';
import { go } from '../../state/store.ts';
import { overview, table } from '../../state/timeline.ts';
import { Empty, Skeleton, Status } from '../parts/bits.tsx';
import { Middle } from '../parts/middle.tsx';
import { Picture } from '../parts/picture.tsx';
import { useAsync } from '../parts/use-async.ts';
import { useNetFiles } from '../tabs/net-files.ts';
import { jumpTo, jumpToEvent } from '../timeline/moves.ts';
import { rowOfTurn, rowWords } from '../turn-words.ts';
import { useTurns } from '../use-turns.ts';

/** Entries of each list: what a person reads before they ask for more, which the tabs have. */
const SHOWN = 5;
const PICTURES = 6;
/** ms from which a call is worth naming among the slowest. */
const SLOW_MS = 1000;

/**
 * What came of a run and why, what it changed and cost, and where to look: each with the way to its event or tab. What is worked out from
 * rows comes when all of them are known: of the newest alone every figure would be too small.
 */
function RunSummary({ session }: { session: Session }) {
  const adw = summary.value;
  if (!adw) return <Skeleton />;
  return (
    <div class="run-summary">
      <Outcome adw={adw} />
      <Facts adw={adw} session={session} />
      {session.complete.value ? (
        <>
          <Causes />
          <Dearest session={session} adw={adw} />
          <Slowest />
          <Pictures adw={adw} />
        </>
      ) : (
        <Skeleton />
      )}
    </div>
  );
}

function Outcome({ adw }: { adw: AdwSummary }) {
  const [event] = adw.evidence;
  const failed = adw.phases.filter(phase => phase.error !== null);
  return (
    <section class="outcome" aria-label="Outcome">
      <p>
        <Status status={adw.status} /> <span dir="auto">{adw.why}</span>
        {event !== undefined && <EventLink id={event} />}
      </p>
      {failed.map(phase => (
        <p key={phase.name} class="tone-bad">
          {phase.name}: <span dir="auto">{phase.error}</span>
        </p>
      ))}
    </section>
  );
}

/** The way to the event that says so. */
function EventLink({ id }: { id: string }) {
  return (
    <button type="button" class="link" onClick={() => jumpToEvent(id)}>
      show the event
    </button>
  );
}

function Facts({ adw, session }: { adw: AdwSummary; session: Session }) {
  const plan = adw.specs.find(({ kind }) => kind === 'plan') ?? adw.specs[0];
  const { value: title } = useAsync(async () => {
    const told = plan === undefined ? [] : await session.all('spec_created');
    const metadata = told.find(({ data }) => data.spec_path === plan?.path)?.data.metadata;
    return (metadata as { readonly title?: unknown } | undefined)?.title;
  }, [table.value, plan?.path]);
  const planPath = plan?.path ?? adw.plan_file;
  return (
    <dl class="facts">
      <Request adw={adw} isWhole={session.complete.value} />
      {planPath !== null && planPath !== undefined && (
        <Fact name="Plan">
          <button type="button" class="link" title={planPath} onClick={() => go({ tab: 'spec' }, 'push')}>
            {typeof title === 'string' && title !== '' ? title : planPath.split('/').at(-1)}
          </button>
        </Fact>
      )}
      {adw.pull_request !== null && (
        <Fact name="Pull request">
          <WebLink address={adw.pull_request} />
        </Fact>
      )}
      {session.complete.value && <Changed session={session} />}
      <Fact name="Cost">
        <button type="button" class="link" onClick={() => go({ tab: 'cost' }, 'push')}>
          {spending(adw.totals)}
        </button>
        {adw.elapsed_ms !== null && ` in ${adw.elapsed_estimated ? '~' : ''}${duration(adw.elapsed_ms)}`},{' '}
        {plural(adw.totals.tools, 'tool call')}
      </Fact>
    </dl>
  );
}

/** What was asked for: the run's title, and the beginning of the first prompt with the way to its row. */
function Request({ adw: { title, issue_number: issue }, isWhole }: { adw: AdwSummary; isWhole: boolean }) {
  void overview.value;
  const prompt = isWhole ? firstPrompt(table.value, limitOf(table.value)) : NONE;
  if (title === null && prompt === NONE) return null;
  return (
    <Fact name="Request">
      {issue !== null && <b>#{issue} </b>}
      {title !== null && <span dir="auto">{title}</span>}
      {prompt !== NONE && (
        <button type="button" class="link ellipsis request-prompt" dir="auto" onClick={() => jumpTo(prompt)}>
          {table.value.rowData[prompt]!.summary}
        </button>
      )}
    </Fact>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <dt class="muted">{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** An address that an agent said: anything else than one of the web is no link. */
function WebLink({ address }: { address: string }) {
  if (!/^https?:\/\//i.test(address)) return <>{address}</>;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer">
      {address.replace(/^https?:\/\/(?:www\.)?/i, '')}
    </a>
  );
}

function Changed({ session }: { session: Session }) {
  const files = useNetFiles(session).filter(({ changes }) => changes.length > 0);
  if (files.length === 0) return null;
  const { added, removed, isExact } = sumOfNet(files);
  return (
    <Fact name="Changed">
      <button type="button" class="link" onClick={() => go({ tab: 'files' }, 'push')}>
        {plural(files.length, 'file')}
      </button>
      , {isExact ? '' : 'at most '}
      <span class="plus">+{whole(added)}</span> <span class="minus">−{whole(removed)}</span>
    </Fact>
  );
}

const limitOf = (current: RowTable) => (cutoff.value ?? current.length - 1) + 1;

function Causes() {
  void overview.value;
  const causes = errorCauses(table.value, limitOf(table.value));
  if (causes.length === 0) return null;
  const errors = causes.reduce((sum, cause) => sum + errorsOf(cause), 0);
  return (
    <Part title="Errors" more={causes.length > SHOWN ? `all ${whole(errors)}` : ''} tab="errors">
      {causes.slice(0, SHOWN).map(cause => (
        <CauseItem key={cause.rows[0]} cause={cause} />
      ))}
    </Part>
  );
}

function CauseItem({ cause }: { cause: ErrorCause }) {
  const { rows, name, message, cancelled } = cause;
  const [first] = rows;
  const notes = [
    table.value.isCall(first!) ? rowWords(table.value, first!) : name,
    cancelled.length > 0 && `cancelled ${plural(cancelled.length, 'call')} beside it`,
  ];
  return (
    <Item
      at={first!}
      what={message || name}
      isMessage
      figure={errorsOf(cause) > 1 ? `${whole(errorsOf(cause))}×` : ''}
      note={notes.filter(Boolean).join(' · ')}
    />
  );
}

function Slowest() {
  void overview.value;
  const current = table.value;
  const took = (at: number) => current.took(at, until.value);
  const calls: number[] = [];
  for (let at = 0; at < limitOf(current); at++) if (current.isCall(at) && took(at) >= SLOW_MS) calls.push(at);
  calls.sort((a, b) => took(b) - took(a));
  if (calls.length === 0) return null;
  return (
    <Part title="Slowest calls">
      {calls.slice(0, SHOWN).map(at => (
        <Item key={at} at={at} what={rowWords(current, at)} figure={duration(took(at))} />
      ))}
    </Part>
  );
}

function Dearest({ session, adw }: { session: Session; adw: AdwSummary }) {
  const current = table.value;
  const turns = useTurns(session)
    .filter(turn => (turn.costUsd ?? 0) > 0)
    .sort((a, b) => b.costUsd! - a.costUsd!);
  const agents = adw.roles
    .flatMap(role => role.attempts)
    .flatMap(attempt => attempt.tasks)
    .filter(({ cost_usd: cost, total_tokens: tokens }) => (cost ?? tokens ?? 0) > 0)
    .sort((a, b) => (b.cost_usd ?? 0) - (a.cost_usd ?? 0) || (b.total_tokens ?? 0) - (a.total_tokens ?? 0));
  return (
    <>
      {turns.length > 0 && (
        <Part title="Dearest turns, estimated" more="all costs" tab="cost">
          {turns.slice(0, SHOWN).map(turn => (
            <TurnItem key={turn.seq} turn={turn} />
          ))}
        </Part>
      )}
      {agents.length > 0 && (
        <Part title="Dearest sub-agents, estimated">
          {agents.slice(0, SHOWN).map(task => (
            <Item
              key={task.task_id ?? task.tool_use_id}
              at={current.ordinalOfUse(task.tool_use_id ?? undefined)}
              what={task.description || taskKind(task)}
              figure={figureOf(task)}
              note={taskKind(task)}
            />
          ))}
        </Part>
      )}
    </>
  );
}

function figureOf({ cost_usd: cost, total_tokens: tokens }: TaskSummary): string {
  return cost === null ? `${short(tokens)} tok` : dollars(cost);
}

function TurnItem({ turn }: { turn: Turn }) {
  const at = rowOfTurn(table.value, turn);
  return (
    <Item
      at={at}
      what={at === NONE ? turn.role : rowWords(table.value, at)}
      figure={dollars(turn.costUsd!)}
      note={`${turn.role}, ${whyDear(turn)}`}
    />
  );
}

function Part(props: { title: string; more?: string; tab?: 'errors' | 'cost'; children: ComponentChildren }) {
  const { title, more = '', tab, children } = props;
  return (
    <section aria-label={title}>
      <h3 class="group-title">
        {title}
        {tab && more && (
          <button type="button" class="link" onClick={() => go({ tab }, 'push')}>
            {more}
          </button>
        )}
      </h3>
      <ul>{children}</ul>
    </section>
  );
}

interface ItemProps {
  readonly at: number;
  readonly what: string;
  /** Whether that is a message, whose beginning tells most. */
  readonly isMessage?: boolean;
  readonly figure: string;
  readonly note?: string;
}

function Item({ at, what, isMessage = false, figure, note = '' }: ItemProps) {
  return (
    <li>
      <button type="button" class="summary-item" disabled={at === NONE} onClick={() => jumpTo(at)}>
        {isMessage ? (
          <span class="ellipsis" dir="auto" title={what}>
            {what}
          </span>
        ) : (
          <Middle text={what} />
        )}
        <b>{figure}</b>
        {note && <span class="muted ellipsis">{note}</span>}
      </button>
    </li>
  );
}

function Pictures({ adw }: { adw: AdwSummary }) {
  const screenshots = shownImages.value;
  if (screenshots.length === 0) return null;
  return (
    <section aria-label="Screenshots">
      <h3 class="group-title">Screenshots</h3>
      <button
        type="button"
        class="summary-shots"
        aria-label={`Open ${plural(screenshots.length, 'screenshot')}`}
        onClick={() => go({ tab: 'screenshots' }, 'push')}
      >
        {screenshots.slice(0, PICTURES).map(({ path }) => (
          <Picture key={path} src={source().imageUrl(adw.adw_id, path)} alt={path.split('/').at(-1) ?? path} />
        ))}
        {screenshots.length > PICTURES && <span class="muted">and {screenshots.length - PICTURES} more</span>}
      </button>
    </section>
  );
}

/** Whether the run that is shown has ended, and no replay goes back into it: then its summary says more than an empty pane. */
export const isSummary = computed(() => {
  const status = summary.value?.status;
  return cutoff.value === undefined && status !== undefined && isEnded(status);
});

/** What stands in the inspector while nothing is selected: how a run that has ended went, else how to select. */
export function NothingSelected({ session }: { session: Session }) {
  if (isSummary.value) {
    return (
      <div class="inspector-body" tabIndex={0} role="region" aria-label="Summary">
        <RunSummary session={session} />
      </div>
    );
  }
  return (
    <Empty title="Nothing selected">
      <p>
        Select a row to see its input, output, diff and raw line. <kbd>j</kbd> <kbd>k</kbd> move, <kbd>e</kbd> goes to
        the next error.
      </p>
    </Empty>
  );
}

/** The same as a tab of its own, with all of the page's width; of a live run as far as it has come. */
export function SummaryTab({ session }: { session: Session }) {
  return (
    <div class="scroll padded">
      <RunSummary session={session} />
    </div>
  );
}
