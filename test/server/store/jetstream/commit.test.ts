import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CommitHead, decodeCommit, encodeBody } from '../../../../src/server/store/jetstream/commit.ts';
import { commitOfSeq, EVENTS_PER_COMMIT_MAX, indexOfSeq, seqOf } from '../../../../src/server/store/jetstream/seq.ts';
import { parseServers } from '../../../../src/server/store/jetstream/servers.ts';
import { idOfToken, subjectsOf, tokenOf } from '../../../../src/server/store/jetstream/subject.ts';
import { anEvent } from '../contract/entries.ts';

const number = fc.integer({ min: 1, max: 2 ** 37 - 1 });
const index = fc.integer({ min: 0, max: EVENTS_PER_COMMIT_MAX - 1 });

describe('seqs', () => {
  it('lead back to their commit and index, and stay exact', () => {
    fc.assert(
      fc.property(number, index, (commit, at) => {
        const seq = seqOf(commit, at);
        expect(Number.isSafeInteger(seq)).toBe(true);
        expect([commitOfSeq(seq), indexOfSeq(seq)]).toEqual([commit, at]);
      }),
    );
  });

  it('grow with the commit, then with the index', () => {
    expect(seqOf(7, EVENTS_PER_COMMIT_MAX - 1)).toBeLessThan(seqOf(8, 0));
  });
});

describe('subjects', () => {
  it('take any id as one token and give it back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), id => {
        const token = tokenOf(id);
        expect(token).toMatch(/^[A-Za-z0-9_=-]+$/);
        expect(idOfToken(token)).toBe(Buffer.from(id).toString());
      }),
    );
  });

  it('begin with the name of the stream', () => {
    const subjects = subjectsOf('team');
    expect(subjects.commitsOf('a.b')).toBe('team.a=2eb.log');
    expect(subjects.adwIdOf(subjects.commitsOf('a.b'))).toBe('a.b');
  });
});

describe('a commit', () => {
  it('comes back as it was packed', () => {
    const data = fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' }));
    const head: CommitHead = { id: 'x', kind: 'events', after: 0, count: 0, first: 0, events: 0, bytes: 0, before: 0 };
    fc.assert(
      fc.property(fc.array(data, { maxLength: 5 }), fc.boolean(), number, (datas, isOfUnit, commit) => {
        const events = datas.map((one, at) => anEvent({ id: `${at}`, data: { one }, text: JSON.stringify(one) }));
        const body = encodeBody({ files: [], events: events.map(event => ({ event, isOfUnit })), ids: ['gone'] });
        const decoded = decodeCommit(body, { number: commit, adwId: 'a', head, storedAt: 1 });
        expect(decoded.events.map(({ dataJson }) => dataJson)).toEqual(events.map(({ dataJson }) => dataJson));
        expect(decoded.events.map(({ seq }) => seq)).toEqual(events.map((_, at) => seqOf(commit, at)));
        expect(decoded.metas.map(({ text }) => text)).toEqual(events.map(({ text }) => text));
        expect(decoded.metas.every(meta => meta.isOfUnit === isOfUnit)).toBe(true);
        expect(decoded.ids).toEqual(['gone']);
      }),
    );
  });

  it('keeps data that was printed over several lines, as the same JSON', () => {
    const event = { ...anEvent({ id: 'a' }), dataJson: JSON.stringify({ a: 'b\nc', d: [1] }, null, 2) };
    const head: CommitHead = { id: 'x', kind: 'events', after: 0, count: 1, first: 0, events: 1, bytes: 0, before: 0 };
    const body = encodeBody({ files: [], events: [{ event, isOfUnit: false }] });
    const [stored] = decodeCommit(body, { number: 1, adwId: 'a', head, storedAt: 1 }).events;
    expect(JSON.parse(stored!.dataJson)).toEqual({ a: 'b\nc', d: [1] });
  });
});

describe('server URLs', () => {
  it('give places, user information and whether to encrypt', () => {
    expect(parseServers(['nats://a', 'nats://u:p%40@b:4333'])).toEqual({
      places: ['a:4222', 'b:4333'],
      encrypted: false,
      user: 'u',
      password: 'p@',
    });
    expect(parseServers(['tls://a']).encrypted).toBe(true);
  });

  it('are refused in words that do not repeat the password', () => {
    expect(() => parseServers(['http://u:secret@a'])).toThrow(/http:\/\/…@a/);
  });
});
