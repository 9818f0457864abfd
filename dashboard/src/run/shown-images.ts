import { computed } from '@preact/signals';
import type { ShownFileSummary } from '../../../src/adw/summary-shape.ts';
import { cutoff, summary } from '../state/replay.ts';
import { session } from '../state/store.ts';
import { overview, table } from '../state/timeline.ts';
import { toolImages } from './tool-images.ts';

/** All pictures of the run up to the replay position: files that it left, and what tools answered with. */
export const shownImages = computed<readonly ShownFileSummary[]>(() => {
  void overview.value;
  void session.value?.complete.value;
  const current = table.value;
  const answered = toolImages(current, (cutoff.value ?? current.length - 1) + 1).map(({ path, at }) => {
    const { t: ms, role } = current.rowData[at]!;
    const time = Number.isNaN(ms) ? null : new Date(ms).toISOString();
    return { path, kind: 'tool', url: null, role, at: time, versions: 1 };
  });
  return [...(summary.value?.screenshots ?? []).filter(isOfThen), ...answered];
});

/** Whether a role may have left a file by the moment that is shown: a log that was caught up with has all files in front of what agents did. */
function isOfThen({ role }: ShownFileSummary): boolean {
  if (cutoff.value === undefined) return true;
  return summary.value?.roles.find(one => one.role === role)?.attempts.length !== 0;
}
