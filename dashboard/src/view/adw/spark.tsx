import { ALL } from '../../data/row-table.ts';
import { axis, until } from '../../state/replay.ts';
import { session } from '../../state/store.ts';
import { table } from '../../state/timeline.ts';
import { useCanvas } from './track.ts';

const BINS = 24;

/** How busy a role was over the run, or up to the replay position, as a few bars. */
export function Spark({ role }: { role: string }) {
  // Drawn anew when the table grew by about a percent: a spark shows no single event.
  const grain = Math.floor(Math.log(1 + table.value.length) * 40);
  const complete = session.value?.complete.value;
  const { end, at: placeOf, start } = axis.value;
  const reached = until.value === ALL ? BINS : Math.floor((BINS * (placeOf(until.value) - start)) / (end - start));
  const canvas = useCanvas(
    ({ context, width, height, colours }) => {
      const current = table.peek();
      const { start, end, at: position } = axis.peek();
      const bins = new Float64Array(BINS);
      for (let at = 0; at < Math.min(current.length, until.peek() + 1); at++) {
        const row = current.rowData[at]!;
        if (row.role !== role || row.type === 'agent_output_chunk') continue;
        const bin = Math.min(BINS - 1, Math.floor(((position(at) - start) / (end - start)) * BINS));
        bins[bin] = bins[bin]! + 1;
      }
      const most = Math.max(1, ...bins);
      context.fillStyle = colours.muted;
      for (const [bin, value] of bins.entries()) {
        if (value === 0) continue;
        const tall = Math.max(1, (value / most) * height);
        context.fillRect((bin * width) / BINS, height - tall, width / BINS - 0.5, tall);
      }
    },
    [role, grain, complete, reached],
  );
  return (
    <span class="spark" aria-hidden="true">
      <canvas ref={canvas} />
    </span>
  );
}
