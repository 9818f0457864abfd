import { useSignal } from '@preact/signals';
import type { Artifact } from '../../../../src/client/reads.ts';
import { diffTexts } from '../../base/diff.ts';
import { bytes, clock } from '../../base/text.ts';
import type { Session } from '../../data/session.ts';
import { source } from '../../data/source.ts';
import { cutoff, summary } from '../../state/replay.ts';
import { Empty, Skeleton } from '../parts/bits.tsx';
import { DiffView } from '../parts/diff-view.tsx';
import { type Heading, Markdown } from '../parts/markdown.tsx';
import { useAsync } from '../parts/use-async.ts';

/** The plan, and patch and review specs: rendered, with contents, progress and every version that was seen. */
export function Spec({ session }: { session: Session }) {
  const specs = summary.value?.specs ?? [];
  const chosen = useSignal('');
  const artifacts = useAsync(
    () => source().fetchArtifacts(session.adwId),
    [session, specs.map(spec => `${spec.path}${spec.versions}`).join()],
  ).value;
  if (specs.length === 0) {
    return (
      <Empty title="No spec yet">
        <p>
          The plan appears here when it is written: the state file's plan_file, or a markdown file below specs/ that has{' '}
          {session.adwId} in its name.
        </p>
      </Empty>
    );
  }
  const spec =
    specs.find(candidate => candidate.path === chosen.value) ??
    specs.find(candidate => candidate.kind === 'plan') ??
    specs[0]!;
  const stored = (artifacts ?? [])
    .filter(artifact => artifact.path === spec.path)
    .toSorted((a, b) => a.stored_at.localeCompare(b.stored_at));
  // Those that were written by the replay position.
  const versions = cutoff.value === undefined ? stored : stored.slice(0, Math.max(1, spec.versions));
  return (
    <div class="spec">
      {specs.length > 1 && (
        <div class="toolbar">
          {specs.map(other => (
            <button
              key={other.path}
              type="button"
              class="button"
              aria-pressed={other === spec}
              title={other.path}
              onClick={() => (chosen.value = other.path)}
            >
              <b>{other.kind}</b> <span class="ellipsis short-path">{other.path.split('/').at(-1)}</span>
            </button>
          ))}
        </div>
      )}
      {versions.length > 0 ? (
        <Document key={spec.path} session={session} path={spec.path} versions={versions} />
      ) : artifacts ? (
        <Empty title="The text of this spec was not stored" />
      ) : (
        <Skeleton />
      )}
    </div>
  );
}

function Document({ session, path, versions }: { session: Session; path: string; versions: readonly Artifact[] }) {
  const picked = useSignal<number | undefined>(undefined);
  const comparing = useSignal(false);
  const headings = useSignal<Heading[]>([]);
  const at = Math.min(picked.value ?? versions.length - 1, versions.length - 1);
  const version = versions[at]!;
  const before = versions[at - 1];
  const text = useAsync(() => source().readText(session.adwId, path, version.sha256), [version.sha256]).value;
  const previous = useAsync(
    () =>
      before && comparing.value ? source().readText(session.adwId, path, before.sha256) : Promise.resolve(undefined),
    [before?.sha256, comparing.value],
  ).value;
  const tasks = text === undefined ? [] : [...text.matchAll(/^\s*[-*] \[( |x|X)\]/gm)];
  const done = tasks.filter(task => task[1] !== ' ').length;
  return (
    <>
      <div class="toolbar">
        <span class="mono ellipsis" title={path}>
          {path}
        </span>
        <span class="muted">{bytes(version.bytes)}</span>
        {tasks.length > 0 && (
          <span class="progress-line">
            <progress max={tasks.length} value={done} aria-label="Tasks done" /> {done}/{tasks.length} tasks
          </span>
        )}
        <span class="grow" />
        {versions.length > 1 && (
          <>
            <Versions versions={versions} at={at} pick={i => (picked.value = i)} />
            <button
              type="button"
              class="button"
              aria-pressed={comparing.value}
              disabled={!before}
              onClick={() => (comparing.value = !comparing.value)}
            >
              changes since version {at}
            </button>
          </>
        )}
      </div>
      {text === undefined ? (
        <Skeleton />
      ) : comparing.value && before && previous !== undefined ? (
        <div class="scroll padded">
          <DiffView diff={diffTexts(previous, text)} />
        </div>
      ) : (
        <div class="spec-columns">
          <div class="scroll padded spec-text" tabIndex={0} role="document" aria-label={path}>
            <Markdown text={text} onHeadings={found => (headings.value = found)} />
          </div>
          {headings.value.length > 1 && <Contents headings={headings.value} />}
        </div>
      )}
    </>
  );
}

function Contents({ headings }: { headings: readonly Heading[] }) {
  return (
    <nav class="toc" aria-label="Contents">
      <h2>Contents</h2>
      {headings.map((heading, i) => (
        <button
          key={i}
          type="button"
          class={`toc-item level-${heading.level}`}
          onClick={() => heading.element.scrollIntoView({ block: 'start' })}
        >
          {heading.text}
        </button>
      ))}
    </nav>
  );
}

interface VersionsProps {
  readonly versions: readonly Artifact[];
  readonly at: number;
  readonly pick: (index: number) => void;
}

function Versions({ versions, at, pick }: VersionsProps) {
  return (
    <select
      class="select"
      aria-label="Version"
      value={String(at)}
      onChange={event => pick(Number(event.currentTarget.value))}
    >
      {versions.map((candidate, i) => (
        <option key={candidate.sha256} value={String(i)}>
          version {i + 1} · {clock(Date.parse(candidate.stored_at))}
        </option>
      ))}
    </select>
  );
}
