import { z } from 'zod';
import { STAGES } from '../../../adw/phase.ts';
import { AdwStreamError } from '../../../base/errors.ts';
import type { RecordStore } from '../../store/store.ts';

/** Cards that are kept: a browser may make as many as it likes. */
const CARDS_MAX = 10_000;
/** Characters of a text on a card. */
const TEXT_CHARS_MAX = 65_536;

const text = z.string().max(TEXT_CHARS_MAX).nullish();
const json = z.json().nullish();

/** What the reference's board says of an ADW when it changes its card: the fields of its server, all of them optional. */
export const cardFieldsSchema = z.object({
  current_stage: z.enum(STAGES).nullish(),
  status: z.enum(['pending', 'in_progress', 'completed', 'errored', 'stuck']).nullish(),
  is_stuck: z.boolean().nullish(),
  issue_number: z.union([z.number(), z.string().max(64)]).nullish(),
  issue_title: text,
  issue_body: text,
  issue_class: text,
  branch_name: text,
  worktree_path: text,
  workflow_name: text,
  model_set: text,
  data_source: text,
  issue_json: json,
  orchestrator_state: json,
  patch_file: text,
  patch_history: json,
  completed_at: text,
});

/** The fields of a card, by the names of the reference. */
export type CardFields = z.infer<typeof cardFieldsSchema>;

/** Also what makes a card. */
export const newCardSchema = cardFieldsSchema.extend({ adw_id: z.string() });

const cardSchema = z.object({
  /** What the board said of the ADW before anything was known of it. */
  made: cardFieldsSchema,
  /** What the board changed. */
  told: cardFieldsSchema,
  /** The log's newest seq when the board put the card into its column; 0 before it did. */
  moved_after_seq: z.number(),
  /** ms since the Unix epoch. */
  made_at: z.number(),
  changed_at: z.number(),
  hidden: z.boolean(),
});

/** A card of the reference's board: what the board was told, beside what the log knows. */
export type Card = z.infer<typeof cardSchema>;

/** When a change of a card happens. */
export interface Moment {
  /** ms since the Unix epoch. */
  readonly nowMs: number;
  readonly lastSeq: number;
}

/** The board's cards: records beside the log, which never change a workflow. */
export interface Cards {
  of(adwId: string): Promise<Card | undefined>;
  all(): Promise<ReadonlyMap<string, Card>>;
  /** Makes a card. @throws AdwStreamError conflict where there is one, rate_limited where there are too many */
  make(adwId: string, fields: CardFields, moment: Moment): Promise<Card>;
  /** Remembers what the board says. */
  change(adwId: string, fields: CardFields, moment: Moment): Promise<Card>;
  /** Takes the card off the board. */
  hide(adwId: string, moment: Moment): Promise<void>;
}

/** Keeps cards among the records of a store. */
export function createCards(records: RecordStore): Cards {
  // One change after the other: two of one card would each write what they found before the other came.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = turn.then(work);
    turn = result.catch(() => {});
    return result;
  };

  const of = async (adwId: string): Promise<Card | undefined> => {
    const kept = cardSchema.safeParse(await records.get('card', adwId));
    return kept.success ? kept.data : undefined;
  };

  const update = (adwId: string, { nowMs }: Moment, change: (card: Card) => Partial<Card>): Promise<Card> =>
    inTurn(async () => {
      const card = (await of(adwId)) ?? blank(nowMs);
      const changed: Card = { ...card, ...change(card), changed_at: nowMs };
      await records.put('card', adwId, changed);
      return changed;
    });

  return {
    of,
    async all() {
      const cards = new Map<string, Card>();
      for (const { key, value } of await records.all('card')) {
        const kept = cardSchema.safeParse(value);
        if (kept.success) cards.set(key, kept.data);
      }
      return cards;
    },
    make: (adwId, fields, { nowMs }) =>
      inTurn(async () => {
        const known = await of(adwId);
        if (known !== undefined && !known.hidden) {
          throw new AdwStreamError('conflict', `ADW with ID ${adwId} already exists`);
        }
        if (known === undefined && (await records.all('card')).length >= CARDS_MAX) {
          throw new AdwStreamError('too_many_cards', `The board has ${CARDS_MAX} cards: delete some first.`);
        }
        const card = { ...blank(nowMs), made: given(fields) };
        await records.put('card', adwId, card);
        return card;
      }),
    change: (adwId, fields, moment) =>
      update(adwId, moment, card => ({
        told: { ...card.told, ...given(fields) },
        moved_after_seq: fields.current_stage == null ? card.moved_after_seq : moment.lastSeq,
      })),
    async hide(adwId, moment) {
      await update(adwId, moment, () => ({ hidden: true }));
    },
  };
}

function blank(nowMs: number): Card {
  return { made: {}, told: {}, moved_after_seq: 0, made_at: nowMs, changed_at: nowMs, hidden: false };
}

/** As the reference reads it: a field that is null was not said. */
function given(fields: CardFields): CardFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null));
}
