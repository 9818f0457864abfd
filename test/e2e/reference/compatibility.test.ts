import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REFERENCE_ROUTES } from '../../../src/server/ingest/reference/index.ts';
import { CASES } from '../../server/ingest/reference-cases.ts';
import { CARD_RULES } from './cards.ts';
import { FILES, MONITOR } from './files.ts';
import { FRAME_RULES, FRAMES } from './flat-frames.ts';
import { KNOWN_TYPES } from './messages.ts';
import { CALLS } from './python-client.ts';
import { NOT_OFFERED, READS } from './reads.ts';
import { BROWSER_RULES, CLIENT_RULES, SERVER_RULES } from './rules.ts';
import { TOLD_RULES } from './told.ts';

const page = readFileSync(new URL('../../../docs/reference-compatibility.md', import.meta.url), 'utf8');

interface Row {
  readonly what: string;
  readonly how: string;
  readonly note: string;
}

/** The rows of the table below a heading. */
function rowsBelow(heading: string): Row[] {
  const section = page.split(/^## /m).find(text => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| `(.+?)` \| (works|differs|out of scope) \| (.*?) ?\|$/gm)].map(
    ([, what = '', how = '', note = '']) => ({ what, how, note }),
  );
}

/** The `event_type`s that requests to a route are tried with, and taken with. */
const eventTypes = (route: string) => [
  ...new Set(
    CASES.filter(each => each.route === route && each.status === undefined).flatMap(({ body: { event_type } }) =>
      typeof event_type === 'string' ? [event_type] : [],
    ),
  ),
];

/** What has a case, by the heading under which the page lists it. */
const CASED: Readonly<Record<string, readonly string[]>> = {
  'The servers': Object.keys(SERVER_RULES),
  'The browser client': Object.keys(BROWSER_RULES),
  'Messages that the browser is sent': KNOWN_TYPES,
  'Messages of clients': Object.keys(CLIENT_RULES),
  'Routes that take events': Object.keys(REFERENCE_ROUTES).map(route => `POST /api/${route}`),
  "Events of an orchestrator's stages": eventTypes('stage-event'),
  'Agent states': eventTypes('agent-state-update'),
  'The Python client': Object.keys(CALLS),
  Reads: [...Object.keys(READS), ...NOT_OFFERED],
  'Cards of the board': Object.keys(CARD_RULES),
  'What a server of that project is told': Object.keys(TOLD_RULES),
  'Files, told to a server of that project': Object.keys(FILES),
  "Where that project's monitor goes wrong": Object.keys(MONITOR),
  'Flat frames': [...Object.keys(FRAME_RULES), ...Object.keys(FRAMES)],
};

describe('docs/reference-compatibility.md', () => {
  it.each(Object.entries(CASED))('lists what is tried, and nothing else: %s', (heading, names) => {
    const listed = rowsBelow(heading).map(({ what }) => what);
    expect(listed.toSorted()).toEqual([...names].toSorted());
  });

  it('has no table that nobody tries', () => {
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);
    expect(headings).toEqual(Object.keys(CASED));
    expect([...page.matchAll(/^\| `(?!event_type`)/gm)].length).toBe(
      Object.keys(CASED).flatMap(heading => rowsBelow(heading)).length,
    );
  });

  it('says of whatever differs or is out of scope why', () => {
    for (const heading of Object.keys(CASED)) {
      for (const { what, how, note } of rowsBelow(heading)) {
        if (how !== 'works') expect([what, note.length > 10]).toEqual([what, true]);
      }
    }
  });

  it('leaves out only what starts or changes workflows or opens an editor', () => {
    const out = Object.keys(CASED).flatMap(heading => rowsBelow(heading));
    expect(out.filter(({ how }) => how === 'out of scope').map(({ what }) => what)).toEqual([...NOT_OFFERED]);
  });

  it('has a case of every route', () => {
    expect([...new Set(CASES.map(({ route }) => route))].toSorted()).toEqual(Object.keys(REFERENCE_ROUTES).toSorted());
  });
});
