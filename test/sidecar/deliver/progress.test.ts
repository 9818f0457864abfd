import { describe, expect, it } from 'vitest';
import { Progress } from '../../../src/sidecar/deliver/progress.ts';
import type { Item } from '../../../src/sidecar/flow.ts';

/** Progress, and all that was told of it in order. */
function telling({ follow }: { follow: boolean }) {
  const told: string[] = [];
  const sink = { isOpen: true, isEmpty: true, isConnected: true, retries: 3 };
  const progress = new Progress(
    {
      ...{ adwId: '1a2b3c4d', follow },
      onHealth: ({ retries, disputed }) => void told.push(`health ${retries} ${disputed}`),
      onProgress: ({ events, caughtUp }) => void told.push(`progress ${events} ${caughtUp}`),
      onCaughtUp: () => void told.push('caught up'),
    },
    { sink, extent: () => ({ files: 0, bytes: 0, bytesTotal: 0 }), files: () => ({ perFile: [], disputed: 2 }) },
  );
  const tell = (now: number, isAllRead = false, hasProgressed = false): string[] => {
    told.length = 0;
    progress.tell(now, { hasProgressed, isAllRead });
    return [...told];
  };
  return { progress, sink, tell, told };
}

const ITEM: Item = { kind: 'events', adwId: '1a2b3c4d', found: { events: [], artifacts: [] } };
const NOW = Date.now();

describe('progress', () => {
  it('is told twice a second while something happens, and every two seconds else', () => {
    const { progress, tell } = telling({ follow: false });
    expect(tell(NOW)).toEqual(['progress 0 false']);
    expect([tell(NOW + 600), tell(NOW + 1_900), tell(NOW + 2_000)]).toEqual([[], [], ['progress 0 false']]);
    progress.acknowledged([ITEM], { kind: 'acknowledged', accepted: 4, refused: [] });
    expect([tell(NOW + 2_400), tell(NOW + 2_500)]).toEqual([[], ['progress 4 false']]);
    expect([tell(NOW + 3_000), tell(NOW + 3_001, false, true)]).toEqual([[], ['progress 4 false']]);
  });

  it('is told at once when all is read and in the log for the first time', () => {
    const { sink, tell } = telling({ follow: true });
    tell(NOW);
    sink.isEmpty = false;
    expect(tell(NOW + 1, true)).toEqual([]);
    sink.isEmpty = true;
    expect(tell(NOW + 2, true)).toEqual(['caught up', 'progress 0 true']);
    expect(tell(NOW + 3, true)).toEqual([]);
  });

  it('of a watch is how it stands, every ten seconds', () => {
    const { tell } = telling({ follow: true });
    expect(tell(NOW + 60_000)).toEqual(['health 3 2', 'progress 0 false']);
    expect([tell(NOW + 69_000)[0], tell(NOW + 70_000)[0]]).toEqual(['progress 0 false', 'health 3 2']);
  });

  it('of a replay comes to its end only when the caller says so', () => {
    const { progress, tell, told } = telling({ follow: false });
    expect(tell(NOW + 60_000, true)).toEqual(['progress 0 true']);
    progress.caughtUp();
    progress.caughtUp();
    expect(told).toEqual(['progress 0 true', 'caught up']);
    expect(progress.summary()).toMatchObject({ adwId: '1a2b3c4d', retries: 3, disputed: 2, events: 0 });
  });
});
