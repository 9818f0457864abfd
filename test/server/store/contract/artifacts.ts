import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { DigestMismatch } from '../../../../src/server/store/store.ts';
import type { StoreHarness } from '../contract.ts';
import { anArtifact, bytesOf } from './entries.ts';

const ADW = '1a2b3c4d';

/** What artifacts promise: bytes by path, every version kept, durable before the answer. */
export function artifactContract({ fresh, place, open }: StoreHarness): void {
  describe('artifacts', () => {
    it('answers the bytes that were stored', async () => {
      const store = await fresh();
      const artifact = anArtifact('reviewer/review_img/01.png', '\u0000bytes ü');
      expect(await store.putArtifact(artifact)).toBe('created');
      const found = await store.getArtifact(ADW, artifact.path);
      expect(await bytesOf(Promise.resolve(found))).toEqual(artifact.bytes);
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
      expect((await bytesOf(store.getArtifact(ADW, 'spec.md')))?.toString()).toBe('two');
      expect((await bytesOf(store.getArtifact(ADW, 'spec.md', versions[0]!.sha256)))?.toString()).toBe('one');
      expect(await store.putArtifact(versions[0]!)).toBe('exists');
      expect((await bytesOf(store.getArtifact(ADW, 'spec.md')))?.toString()).toBe('one');
      const listed = await store.listArtifacts(ADW);
      expect(listed.map(({ sha256 }) => sha256).sort()).toEqual(versions.map(({ sha256 }) => sha256).sort());
    });

    it('takes bytes as they come, gives parts of them, and stores nothing that is not what it says', async () => {
      const store = await fresh();
      const pieces = Array.from({ length: 40 }, (_, at) => Buffer.alloc(10_000, 65 + at));
      const { bytes, ...info } = anArtifact('big', Buffer.concat(pieces).toString('latin1'));
      const slowly = async function* (last: Buffer[] = []) {
        for (const piece of [...pieces, ...last]) {
          await new Promise(resolve => setImmediate(resolve));
          yield piece;
        }
      };
      const wrong = store.putArtifact({ ...info, bytes: slowly([Buffer.from('x')]) });
      await expect(wrong).rejects.toBeInstanceOf(DigestMismatch);
      expect(await store.listArtifacts(ADW)).toEqual([]);
      expect(await store.putArtifact({ ...info, size: 0, bytes: slowly() })).toBe('created');
      const found = await store.getArtifact(ADW, 'big');
      expect(found?.size).toBe(bytes.length);
      for (const [start, end] of [
        [0, 1],
        [9_999, 10_001],
        [131_071, 300_000],
        [399_999, 400_000],
      ] as const) {
        const part = await buffer(await found!.read({ start, end }));
        expect(part.equals(bytes.subarray(start, end))).toBe(true);
      }
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
      expect((await bytesOf(again.getArtifact(ADW, 'empty')))?.length).toBe(0);
      expect((await bytesOf(again.getArtifact(ADW, 'large')))?.length).toBe(5_000_000);
    });
  });
}
