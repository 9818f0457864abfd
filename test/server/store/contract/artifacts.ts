import { describe, expect, it } from 'vitest';
import type { StoreHarness } from '../contract.ts';
import { anArtifact } from './entries.ts';

const ADW = '1a2b3c4d';

/** What artifacts promise: bytes by path, every version kept, durable before the answer. */
export function artifactContract({ fresh, place, open }: StoreHarness): void {
  describe('artifacts', () => {
    it('answers the bytes that were stored', async () => {
      const store = await fresh();
      const artifact = anArtifact('reviewer/review_img/01.png', '\u0000bytes ü');
      expect(await store.putArtifact(artifact)).toBe('created');
      const found = await store.getArtifact(ADW, artifact.path);
      expect(found?.bytes.equals(artifact.bytes)).toBe(true);
      expect(found).toMatchObject({ sha256: artifact.sha256, mediaType: 'text/plain', size: artifact.size });
    });

    it('says that bytes exist already under a path, and only there', async () => {
      const store = await fresh();
      expect(await store.putArtifact(anArtifact('a.txt', 'same'))).toBe('created');
      expect(await store.putArtifact(anArtifact('a.txt', 'same'))).toBe('exists');
      expect(await store.putArtifact(anArtifact('b.txt', 'same'))).toBe('created');
      expect(await store.putArtifact(anArtifact('a.txt', 'same', 'bbbbbbbb'))).toBe('created');
    });

    it('keeps every version of a path and answers the one that was put last', async () => {
      const store = await fresh();
      const versions = ['one', 'two'].map(content => anArtifact('spec.md', content));
      for (const version of versions) await store.putArtifact(version);
      expect((await store.getArtifact(ADW, 'spec.md'))?.bytes.toString()).toBe('two');
      expect((await store.getArtifact(ADW, 'spec.md', versions[0]!.sha256))?.bytes.toString()).toBe('one');
      expect(await store.putArtifact(versions[0]!)).toBe('exists');
      expect((await store.getArtifact(ADW, 'spec.md'))?.bytes.toString()).toBe('one');
      const listed = await store.listArtifacts(ADW);
      expect(listed.map(({ sha256 }) => sha256).sort()).toEqual(versions.map(({ sha256 }) => sha256).sort());
    });

    it('knows nothing of what was never put', async () => {
      const store = await fresh();
      await store.putArtifact(anArtifact('a.txt', 'x'));
      expect(await store.getArtifact(ADW, 'b.txt')).toBeUndefined();
      expect(await store.getArtifact(ADW, 'a.txt', '0'.repeat(64))).toBeUndefined();
      expect(await store.getArtifact('bbbbbbbb', 'a.txt')).toBeUndefined();
      expect(await store.listArtifacts('bbbbbbbb')).toEqual([]);
    });

    it('lists them without their bytes', async () => {
      const store = await fresh();
      const { bytes: _, ...info } = anArtifact('a.txt', 'x');
      await store.putArtifact({ ...info, bytes: Buffer.from('x') });
      expect(await store.listArtifacts(ADW)).toEqual([info]);
    });

    it('takes the same bytes from several callers at once', async () => {
      const store = await fresh();
      const answers = await Promise.all(Array.from({ length: 5 }, () => store.putArtifact(anArtifact('a.txt', 'x'))));
      expect(answers.filter(answer => answer === 'created')).toHaveLength(1);
    });

    it('keeps an empty one, and one of several MiB, over a restart', async () => {
      const where = await place();
      const store = await open(where);
      await store.putArtifact(anArtifact('empty', ''));
      await store.putArtifact(anArtifact('large', 'x'.repeat(5_000_000)));
      await store.close();
      const again = await open(where);
      expect((await again.getArtifact(ADW, 'empty'))?.bytes.length).toBe(0);
      expect((await again.getArtifact(ADW, 'large'))?.bytes.length).toBe(5_000_000);
    });
  });
}
