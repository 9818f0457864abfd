import { useComputed, useSignal } from '@preact/signals';
import { changedLines } from '../../../../src/adw/changed-lines.ts';
import { mergeDiffs } from '../../../../src/adw/merge-diffs.ts';
import type { RowEvent } from '../../../../src/adw/row.ts';
import { plural, whole } from '../../base/text.ts';
import { withWholeDiff } from '../../data/raw-lines.ts';
import type { Session } from '../../data/session.ts';
import { type FileHistory, type Moment, sumOfNet } from '../../run/changes.ts';
import { summary } from '../../state/replay.ts';
import { table } from '../../state/timeline.ts';
import { Chip, Empty, Skeleton, Time } from '../parts/bits.tsx';
import { DiffView } from '../parts/diff-view.tsx';
import { Icon } from '../parts/icon.tsx';
import { FilePath } from '../parts/middle.tsx';
import { useAsync } from '../parts/use-async.ts';
import { jumpTo } from '../timeline/moves.ts';
import { useNetFiles } from './net-files.ts';
import { OwnFile, OwnFileRows, useOwnFiles } from './own-files.tsx';

/**
 * Files that the run read, edited and created, with the cumulative diff of each by role; and those that lie in its own
 * directory.
 */
export function Files({ session }: { session: Session }) {
  const chosen = useSignal('');
  const own = useOwnFiles(session);
  const opened = useSignal('');
  const filter = useSignal('');
  const readToo = useSignal(false);
  const files = useNetFiles(session);
  if (files.length === 0 && own.length === 0) {
    return session.complete.value ? <Empty title="No file was touched" /> : <Skeleton />;
  }
  const shown = files.filter(
    file => (readToo.value || file.changes.length > 0) && file.path.toLowerCase().includes(filter.value.toLowerCase()),
  );
  const ownShown = own.filter(({ path }) => path.toLowerCase().includes(filter.value.toLowerCase()));
  const ownFile = ownShown.find(({ path }) => path === opened.value) ?? (shown.length === 0 ? ownShown[0] : undefined);
  const file = shown.find(candidate => candidate.path === chosen.value) ?? shown[0];
  const reads = files.filter(candidate => candidate.changes.length === 0).length;
  return (
    <div class="split-tab">
      <div class="split-list">
        <div class="toolbar">
          <input
            class="input grow"
            type="search"
            placeholder="Filter files"
            aria-label="Filter files"
            value={filter.value}
            onInput={event => (filter.value = event.currentTarget.value)}
          />
          <label class="check-label">
            <input
              type="checkbox"
              checked={readToo.value}
              onChange={event => (readToo.value = event.currentTarget.checked)}
            />{' '}
            {reads} only read
          </label>
        </div>
        <Sum files={shown} />
        <ul class="scroll file-list">
          {shown.map(row => (
            <FileRow
              key={row.path}
              row={row}
              pressed={ownFile === undefined && row === file}
              choose={() => {
                chosen.value = row.path;
                opened.value = '';
              }}
            />
          ))}
          <OwnFileRows files={ownShown} opened={ownFile} open={path => (opened.value = path)} />
        </ul>
      </div>
      <div class="split-detail scroll" tabIndex={0} role="region" aria-label="The file">
        {ownFile ? (
          <OwnFile key={ownFile.sha256} session={session} file={ownFile} />
        ) : file ? (
          <Detail key={file.path} session={session} file={file} />
        ) : (
          <Empty title="No file matches" />
        )}
      </div>
    </div>
  );
}

function Sum({ files }: { files: readonly FileHistory[] }) {
  const { added, removed, isExact } = sumOfNet(files);
  return (
    <p class="list-sum soft" title="Between the first and the last state of each file">
      {plural(files.length, 'file')} {!isExact && 'at most '}
      <span class="plus">+{whole(added)}</span> <span class="minus">−{whole(removed)}</span>
    </p>
  );
}

/** How many lines a change added and removed; nothing where that is not said. */
function Lines({ added, removed }: { added: number | undefined; removed: number | undefined }) {
  if (added === undefined && removed === undefined) return null;
  return (
    <>
      <span class="plus">+{added ?? 0}</span> <span class="minus">−{removed ?? 0}</span>
    </>
  );
}

/** What is left of all changes; `~` where that is not known, and the sum is a bound. */
function NetLines({ net }: { net: FileHistory['net'] }) {
  return (
    <span
      title={net.isExact ? undefined : 'At most: the sum of several changes, some of which the log does not hold whole'}
    >
      {!net.isExact && '~'}
      <Lines added={net.added} removed={net.removed} />
    </span>
  );
}

const numberOf = (value: unknown) => (typeof value === 'number' ? value : undefined);

function FileRow({ row, pressed, choose }: { row: FileHistory; pressed: boolean; choose: () => void }) {
  return (
    <li>
      <button type="button" class="file-row" aria-pressed={pressed} onClick={choose}>
        <Icon name={row.operation === 'read' ? 'file' : 'pencil'} />
        <FilePath path={table.value.withinRoot(row.path)} title={row.path} />
        <span class={`file-op op-${row.operation}`}>{row.operation}</span>
        {row.changes.length > 0 ? (
          <span class="num">
            <NetLines net={row.net} />
          </span>
        ) : (
          <span class="num muted">{row.reads}×</span>
        )}
      </button>
    </li>
  );
}

function At({ moment }: { moment: Moment | undefined }) {
  return (
    <>
      {moment?.isGuess && '~'}
      <Time ms={moment?.ms ?? Number.NaN} />
    </>
  );
}

function Detail({ session, file }: { session: Session; file: FileHistory }) {
  const worktree = summary.value?.worktree;
  const absolute = file.path.startsWith('/') ? file.path : worktree ? `${worktree}/${file.path}` : '';
  const { value: diffs, error } = useAsync(
    () => Promise.all(file.changes.map(at => wholeChange(session, at))),
    [file.path, file.changes.length],
  );
  return (
    <div class="padded">
      <h2 class="mono detail-title">
        <FilePath path={file.path} />
      </h2>
      <p class="detail-numbers soft">
        <Chip>{file.operation}</Chip>
        {file.changes.length > 0 && <NetLines net={file.net} />}
        <span>
          first <At moment={file.first} /> · last <At moment={file.last} />
        </span>
        {absolute && (
          <a href={`vscode://file${absolute}`}>
            <Icon name="open" /> open in editor
          </a>
        )}
      </p>
      <div class="table-scroll" tabIndex={0} role="region" aria-label="By role">
        <table class="table">
          <thead>
            <tr>
              <th>Role</th>
              <th class="num">Changes</th>
              <th class="num">+</th>
              <th class="num">−</th>
              <th class="num">Reads</th>
            </tr>
          </thead>
          <tbody>
            {[...file.roles].map(([role, row]) => (
              <tr key={role}>
                <td>{role}</td>
                <td class="num">{row.changes}</td>
                <td class="num plus">{row.added === undefined ? '–' : `+${row.added}`}</td>
                <td class="num minus">{row.removed === undefined ? '–' : `−${row.removed}`}</td>
                <td class="num">{row.reads}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {error && <p class="tone-bad">{error}</p>}
      {!diffs && !error && file.changes.length > 0 && <Skeleton />}
      {diffs && <Changes file={file} diffs={diffs} />}
    </div>
  );
}

async function wholeChange(session: Session, at: number): Promise<RowEvent | undefined> {
  const event = await session.body(at);
  return event && withWholeDiff(session, event);
}

type Diffs = readonly (RowEvent | undefined)[];

/** What the run made of the file: all changes as one difference, of all roles or of one; below it each by itself. */
function Changes({ file, diffs }: { file: FileHistory; diffs: Diffs }) {
  const chosen = useSignal('');
  const roles = [...file.roles].filter(([, row]) => row.changes > 0).map(([role]) => role);
  const merged = useComputed(() => mergedOf(file, diffs, chosen.value));
  if (file.changes.length < 2) return <OneByOne file={file} diffs={diffs} />;
  if (merged.value === undefined) {
    return (
      <>
        <p class="muted">
          These changes cannot be shown as one: the log holds only the beginning of some, or something else wrote to the
          file between them.
        </p>
        <OneByOne file={file} diffs={diffs} />
      </>
    );
  }
  const parts = [
    { role: '', label: 'whole run' },
    ...(roles.length > 1 ? roles.map(role => ({ role, label: role })) : []),
  ];
  return (
    <>
      <fieldset class="parts">
        <legend class="sr">Which changes</legend>
        {parts.map(({ role, label }) => (
          <button
            key={role}
            type="button"
            class="button"
            aria-pressed={chosen.value === role}
            onClick={() => (chosen.value = role)}
          >
            {label}
          </button>
        ))}
      </fieldset>
      <section class="change merged" aria-label="Net difference">
        <DiffView key={chosen.value} diff={merged.value} rows={400} />
      </section>
      <h3 class="group-title">{plural(file.changes.length, 'change')}, one after the other</h3>
      <OneByOne file={file} diffs={diffs} />
    </>
  );
}

/** All changes as one; undefined where the log does not hold them whole, or where they do not fit together. */
function mergedOf(file: FileHistory, diffs: Diffs, role: string): string | undefined {
  if (diffs.some(event => event === undefined || event.data.truncated === true)) return undefined;
  const changes = diffs.map((event, i) => ({
    role: table.peek().rowData[file.changes[i]!]?.role ?? '',
    diff: String(event?.data.diff ?? ''),
  }));
  return mergeDiffs(changes, role);
}

function OneByOne({ file, diffs }: { file: FileHistory; diffs: Diffs }) {
  const current = table.value;
  return (
    <>
      {diffs.map((event, i) =>
        event ? (
          <section key={event.seq} class="change">
            <div class="change-head">
              <Time ms={current.timeOf(file.changes[i]!)} />
              <b>{current.rowData[file.changes[i]!]?.role}</b>
              <Lines {...changedLines(event.data)} />
              <span class="grow" />
              <button type="button" class="button" onClick={() => jumpTo(file.changes[i]!)}>
                jump to event
              </button>
            </div>
            <DiffView diff={String(event.data.diff ?? '')} rows={200} />
            {event.data.truncated === true && (
              <Cut
                size={numberOf(event.data.full_size)}
                shown={String(event.data.diff ?? '').length}
                at={file.changes[i]!}
              />
            )}
          </section>
        ) : null,
      )}
    </>
  );
}

/** Where the rest of a diff is that the log holds the beginning of. */
function Cut({ size, shown, at }: { size: number | undefined; shown: number; at: number }) {
  return (
    <p class="cut-note muted">
      The first {whole(shown)} {size !== undefined && `of ${whole(size)} `}characters. The rest is in the call's input
      and raw line:{' '}
      <button type="button" class="link" onClick={() => jumpTo(at)}>
        open the call
      </button>
    </p>
  );
}
