import type { z } from 'zod';

/** One route as the API document tells of it. */
export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: string;
  readonly summary: string;
  readonly query?: z.ZodObject;
  /** Media type → schema, or null where the body is bytes or text. */
  readonly body?: Readonly<Record<string, z.ZodType | null>>;
  /** Status → what a success carries. */
  readonly answers: Readonly<Record<number, { readonly type: string; readonly schema: z.ZodType | null }>>;
  /** Codes of the refusals to expect beside those of every route. */
  readonly refusals?: readonly number[];
  /** The route asks for no token. */
  readonly open?: boolean;
}
