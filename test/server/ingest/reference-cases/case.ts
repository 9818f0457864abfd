import type { ReferenceRoute } from '../../../../src/server/ingest/reference/index.ts';

/** A request of the reference and what must come of it. */
export interface Case {
  readonly name: string;
  readonly route: ReferenceRoute;
  readonly body: Readonly<Record<string, unknown>>;
  /** 200 when absent. */
  readonly status?: number;
  /** The whole answer, or the text of a refusal. */
  readonly answer: Readonly<Record<string, unknown>> | string;
  readonly events?: readonly { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[];
}

/** The ADW of all cases, and when what they tell happened. */
export const adw_id = '1a2b3c4d';
export const timestamp = '2026-01-01T10:00:00.123456Z';

/** Rows of one route, without repeating its name. */
export const rows = (route: ReferenceRoute, cases: readonly Omit<Case, 'route'>[]): Case[] =>
  cases.map(each => ({ route, ...each }));

/** What the routes answer that announce something. */
export const done = (message: string) => ({ status: 'success', message, adw_id });
