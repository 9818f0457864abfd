import { useSignal } from '@preact/signals';
import type { ShownFileSummary } from '../../../../src/adw/summary-shape.ts';
import type { Artifact } from '../../../../src/client/reads.ts';
import { bytes } from '../../base/text.ts';
import type { Session } from '../../data/session.ts';
import { source } from '../../data/source.ts';
import { phaseOfEvent } from '../../run/phases.ts';
import { shownImages } from '../../run/shown-images.ts';
import { Empty, Time } from '../parts/bits.tsx';
import { Picture } from '../parts/picture.tsx';
import { useAsync } from '../parts/use-async.ts';
import { Compare, Lightbox, type Shot } from './lightbox.tsx';

/** Screenshots by phase and role, in time; a click enlarges, two can be compared. */
export function Screenshots({ session: { adwId } }: { session: Session }) {
  const files = shownImages.value;
  const open = useSignal<number | undefined>(undefined);
  const picked = useSignal<readonly string[]>([]);
  const comparing = useSignal(false);
  const artifacts = useAsync(() => source().fetchArtifacts(adwId), [adwId, files.length]).value;
  if (files.length === 0) {
    return (
      <Empty title="No screenshots">
        <p>Images below a role's review_img/ or img/ appear here as soon as they are complete.</p>
      </Empty>
    );
  }
  const shots = files
    .map(file => shotOf(adwId, file, artifacts))
    .toSorted((a, b) => (a.at ?? '').localeCompare(b.at ?? '') || a.path.localeCompare(b.path));
  const phaseOf = ({ role, at }: Shot) =>
    phaseOfEvent({ type: 'screenshot_available', role: role ?? '', told: undefined, ms: Date.parse(at ?? '') });
  const groups = Map.groupBy(shots, shot => `${phaseOf(shot)} · ${shot.role ?? 'no role'}`);
  const pair = picked.value.map(path => shots.find(shot => shot.path === path)).filter(shot => shot !== undefined);
  const pick = (path: string) => {
    picked.value = picked.value.includes(path)
      ? picked.value.filter(other => other !== path)
      : [...picked.value, path].slice(-2);
  };
  return (
    <div class="scroll padded">
      <div class="toolbar flat">
        <span class="soft">
          {picked.value.length === 0 ? 'Tick two to compare them.' : `${picked.value.length} of 2 chosen`}
        </span>
        <button type="button" class="button" disabled={pair.length !== 2} onClick={() => (comparing.value = true)}>
          Compare
        </button>
      </div>
      {[...groups].map(([name, members]) => (
        <section key={name}>
          <h2 class="group-title">{name}</h2>
          <div class="shots">
            {members.map(shot => (
              <Figure
                key={shot.path}
                shot={shot}
                picked={picked.value.includes(shot.path)}
                pick={() => pick(shot.path)}
                enlarge={() => (open.value = shots.indexOf(shot))}
              />
            ))}
          </div>
        </section>
      ))}
      {open.value !== undefined && (
        <Lightbox shots={shots} start={open.value} onClose={() => (open.value = undefined)} />
      )}
      {comparing.value && pair.length === 2 && (
        <Compare before={pair[0]!} after={pair[1]!} onClose={() => (comparing.value = false)} />
      )}
    </div>
  );
}

interface FigureProps {
  readonly shot: Shot;
  /** Whether it is to be compared. */
  readonly picked: boolean;
  readonly pick: () => void;
  readonly enlarge: () => void;
}

function Figure({ shot, picked, pick, enlarge }: FigureProps) {
  return (
    <figure class="shot">
      <button type="button" class="shot-open" aria-label={`Enlarge ${shot.alt}`} onClick={enlarge}>
        <Picture src={shot.src} alt={shot.alt} />
      </button>
      <figcaption>
        <label>
          <input type="checkbox" checked={picked} onChange={pick} aria-label={`Choose ${shot.alt} to compare`} />
          <span class="ellipsis" title={shot.path}>
            {shot.kind === 'tool' ? 'answered by a tool' : shot.path.split('/').at(-1)}
          </span>
        </label>
        <span class="muted">
          {shot.at && <Time ms={Date.parse(shot.at)} />} {shot.bytes !== undefined && bytes(shot.bytes)}
        </span>
      </figcaption>
    </figure>
  );
}

function shotOf(adwId: string, file: ShownFileSummary, artifacts: readonly Artifact[] | undefined): Shot {
  const newest = artifacts?.findLast(artifact => artifact.path === file.path);
  return {
    ...file,
    src: source().imageUrl(adwId, file.path, newest?.sha256),
    alt: `${file.kind === 'tool' ? 'answered by a tool' : file.path.split('/').at(-1)}${file.role ? `, ${file.role}` : ''}`,
    bytes: newest?.bytes,
  };
}
