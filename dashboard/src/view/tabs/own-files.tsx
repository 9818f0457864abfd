import { useComputed } from '@preact/signals';
import type { Artifact } from '../../../../src/client/reads.ts';
import { bytes } from '../../base/text.ts';
import type { Session } from '../../data/session.ts';
import { source } from '../../data/source.ts';
import { summary } from '../../state/replay.ts';
import { table } from '../../state/timeline.ts';
import { Skeleton } from '../parts/bits.tsx';
import { Code, languageOf } from '../parts/code.tsx';
import { Icon } from '../parts/icon.tsx';
import { FilePath } from '../parts/middle.tsx';
import { Output } from '../parts/output.tsx';
import { Picture } from '../parts/picture.tsx';
import { useAsync } from '../parts/use-async.ts';

/** Parts of lines and of log entries that are stored by their hash: they are shown where they were taken out. */
const PART_OF_LINE = /^(?:lines|images)\/[0-9a-f]{64}\./;
/** Bytes of a text that is shown; a longer one is opened beside the page. */
const SHOWN_BYTES_MAX = 1024 * 1024;

/** The files that lie in the run's own directory, the newest version of each; screenshots and specs have tabs of their own. */
export function useOwnFiles(session: Session): readonly Artifact[] {
  const announced = useComputed(() => {
    void session.revision.value;
    return table.value.rowData.filter(({ type }) => type === 'artifact').length;
  });
  const artifacts = useAsync(() => source().fetchArtifacts(session.adwId), [session, announced.value]).value ?? [];
  const { screenshots = [], specs = [] } = summary.value ?? {};
  const elsewhere = new Set([...screenshots, ...specs].map(({ path }) => path));
  const newest = new Map<string, Artifact>();
  for (const artifact of artifacts.toSorted((a, b) => a.stored_at.localeCompare(b.stored_at))) {
    if (!elsewhere.has(artifact.path) && !PART_OF_LINE.test(artifact.path)) newest.set(artifact.path, artifact);
  }
  return [...newest.values()].toSorted((a, b) => a.path.localeCompare(b.path));
}

interface OwnFileRowsProps {
  readonly files: readonly Artifact[];
  readonly opened: Artifact | undefined;
  readonly open: (path: string) => void;
}

/** The rows of these files under their own heading; nothing where there is none. */
export function OwnFileRows({ files, opened, open }: OwnFileRowsProps) {
  if (files.length === 0) return null;
  return (
    <>
      <li class="list-sum soft">In the run's directory</li>
      {files.map(({ path, bytes: size }) => (
        <li key={path}>
          <button type="button" class="file-row" aria-pressed={opened?.path === path} onClick={() => open(path)}>
            <Icon name="file" />
            <FilePath path={path} />
            <span class="num muted">{bytes(size)}</span>
          </button>
        </li>
      ))}
    </>
  );
}

/** One of them: a text, a picture, or where it can be had. */
export function OwnFile({ session, file }: { session: Session; file: Artifact }) {
  return (
    <div class="padded">
      <h2 class="mono detail-title" dir="auto">
        {file.path}
      </h2>
      <p class="detail-numbers soft">
        <span>{bytes(file.bytes)}</span>
        <OpenLink session={session} file={file} />
      </p>
      <Content session={session} file={file} />
    </div>
  );
}

/** Where it can be had whole; nothing where its bytes were left out. */
function OpenLink({ session, file: { path, sha256 } }: { session: Session; file: Artifact }) {
  const url = useAsync(() => source().fileUrl(session.adwId, path, sha256), [sha256]).value;
  if (!url) return null;
  return (
    <a href={url} target="_blank" rel="noreferrer">
      <Icon name="open" /> open
    </a>
  );
}

function Content({ session, file }: { session: Session; file: Artifact }) {
  const { path, sha256, media_type: type } = file;
  const isText = /^text\/|^application\/(?:json|x-ndjson)/.test(type) && file.bytes <= SHOWN_BYTES_MAX;
  const { value: text, error } = useAsync(
    () => (isText ? source().readText(session.adwId, path, sha256) : Promise.resolve(undefined)),
    [sha256],
  );
  if (/^image\/(?:png|jpeg|gif|webp)/.test(type)) {
    return <Picture src={source().imageUrl(session.adwId, path, sha256)} alt={path} />;
  }
  if (!isText) return <p class="muted">This file is no text that can be shown here.</p>;
  if (error) return <p class="tone-bad">{error}</p>;
  if (text === undefined) return <Skeleton />;
  const language = languageOf(path);
  return language === 'txt' || language === 'log' || language === '' ? (
    <Output text={text} />
  ) : (
    <Code text={text} language={language} />
  );
}
