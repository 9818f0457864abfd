import { useComputed, useSignal } from '@preact/signals';
import { mergeDiffs } from '../../../../src/adw/merge-diffs.ts';
import { plural } from '../../base/text.ts';
import { type FileHistory, fileHistories } from '../../data/changes.ts';
import { cutoff, summary } from '../../data/replay.ts';
import type { AnyEvent } from '../../data/row-data.ts';
import type { Session } from '../../data/session.ts';
import { log } from '../../data/timeline.ts';
import { Chip, Empty, Skeleton, Time } from '../parts/bits.tsx';
import { DiffView } from '../parts/diff-view.tsx';
import { Icon } from '../parts/icon.tsx';
import { useAsync } from '../parts/use-async.ts';
import { jumpTo } from '../timeline/moves.ts';
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
  const files = useComputed(() => {
    void session.revision.value;
    return fileHistories(log.value, (cutoff.value ?? log.value.length - 1) + 1);
  });
  if (files.value.length === 0 && own.length === 0) {
    return session.complete.value ? <Empty title="No file was touched" /> : <Skeleton />;
  }
  const shown = files.value.filter(
    file => (readToo.value || file.changes.length > 0) && file.path.toLowerCase().includes(filter.value.toLowerCase()),
  );
  const ownShown = own.filter(({ path }) => path.toLowerCase().includes(filter.value.toLowerCase()));
  const ownFile = ownShown.find(({ path }) => path === opened.value) ?? (shown.length === 0 ? ownShown[0] : undefined);
  const file = shown.find(candidate => candidate.path === chosen.value) ?? shown[0];
  const reads = files.value.filter(candidate => candidate.changes.length === 0).length;
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
  const [added, removed] = [sum(files, row => row.added ?? 0), sum(files, row => row.removed ?? 0)];
  return (
    <p class="list-sum soft">
      {plural(files.length, 'file')} <span class="plus">+{added}</span> <span class="minus">−{removed}</span>
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

const numberOf = (value: unknown) => (typeof value === 'number' ? value : undefined);

function FileRow({ row, pressed, choose }: { row: FileHistory; pressed: boolean; choose: () => void }) {
  return (
    <li>
      <button type="button" class="file-row" aria-pressed={pressed} title={row.path} onClick={choose}>
        <Icon name={row.operation === 'read' ? 'file' : 'pencil'} />
        <span class="file-path ellipsis" dir="auto">
          {row.path}
        </span>
        <span class={`file-op op-${row.operation}`}>{row.operation}</span>
        {row.changes.length > 0 ? (
          <span class="num">
            <Lines added={row.added} removed={row.removed} />
          </span>
        ) : (
          <span class="num muted">{row.reads}×</span>
        )}
      </button>
    </li>
  );
}

const sum = <Row,>(rows: readonly Row[], value: (row: Row) => number): number =>
  rows.reduce((total, row) => total + value(row), 0);

function Detail({ session, file }: { session: Session; file: FileHistory }) {
  const current = log.value;
  const worktree = summary.value?.worktree;
  const absolute = file.path.startsWith('/') ? file.path : worktree ? `${worktree}/${file.path}` : '';
  const { value: diffs, error } = useAsync(
    () => Promise.all(file.changes.map(at => session.body(at))),
    [file.path, file.changes.length],
  );
  return (
    <div class="padded">
      <h2 class="mono detail-title" dir="auto">
        {file.path}
      </h2>
      <p class="detail-numbers soft">
        <Chip>{file.operation}</Chip>
        <span>
          first <Time ms={current.t[file.firstAt]!} /> · last <Time ms={current.t[file.lastAt]!} />
        </span>
        {absolute && (
          <a href={`vscode://file${absolute}`}>
            <Icon name="open" /> open in editor
          </a>
        )}
      </p>
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
      {error && <p class="tone-bad">{error}</p>}
      {!diffs && !error && file.changes.length > 0 && <Skeleton />}
      {diffs && <Changes file={file} diffs={diffs} />}
    </div>
  );
}

type Diffs = readonly (AnyEvent | undefined)[];

/** What the run made of the file: all changes as one difference, of all roles or of one; or one by one. */
function Changes({ file, diffs }: { file: FileHistory; diffs: Diffs }) {
  const chosen = useSignal<string | undefined>('');
  const roles = [...file.roles].filter(([, row]) => row.changes > 0).map(([role]) => role);
  const merged = useComputed(() => mergedOf(file, diffs, chosen.value ?? ''));
  if (file.changes.length < 2 || merged.value === undefined) return <OneByOne file={file} diffs={diffs} />;
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
        <button
          type="button"
          class="button"
          aria-pressed={chosen.value === undefined}
          onClick={() => (chosen.value = undefined)}
        >
          one by one
        </button>
      </fieldset>
      {chosen.value === undefined ? (
        <OneByOne file={file} diffs={diffs} />
      ) : (
        <section class="change merged">
          <DiffView key={chosen.value} diff={merged.value} rows={400} />
        </section>
      )}
    </>
  );
}

/** All changes as one; undefined where the log does not hold them whole, or where they do not fit together. */
function mergedOf(file: FileHistory, diffs: Diffs, role: string): string | undefined {
  if (diffs.some(event => event === undefined || event.data.truncated === true)) return undefined;
  const changes = diffs.map((event, i) => ({
    role: log.peek().role[file.changes[i]!] ?? '',
    diff: String(event?.data.diff ?? ''),
  }));
  return mergeDiffs(changes, role);
}

function OneByOne({ file, diffs }: { file: FileHistory; diffs: Diffs }) {
  const current = log.value;
  return (
    <>
      {diffs.map((event, i) =>
        event ? (
          <section key={event.seq} class="change">
            <div class="change-head">
              <Time ms={current.t[file.changes[i]!]!} />
              <b>{current.role[file.changes[i]!]}</b>
              <Lines added={numberOf(event.data.lines_added)} removed={numberOf(event.data.lines_removed)} />
              <span class="grow" />
              <button type="button" class="button" onClick={() => jumpTo(file.changes[i]!)}>
                jump to event
              </button>
            </div>
            <DiffView diff={String(event.data.diff ?? '')} rows={200} />
            {event.data.truncated === true && (
              <p class="cut-note muted">Cut; the event's raw line holds the whole change.</p>
            )}
          </section>
        ) : null,
      )}
    </>
  );
}
