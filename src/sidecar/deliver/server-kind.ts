import { z } from 'zod';

/** Our server names its protocol and its log; source: docs/protocol.md. */
const oursSchema = z.looseObject({ adw_stream: z.looseObject({ api: z.literal('v1'), epoch: z.string() }) });

/** What both servers of the reference say of themselves, and hardly anything else does. */
const referenceSchema = z.looseObject({ status: z.enum(['healthy', 'unhealthy']) });

/** What a server's answer to `GET /health` shows it to be. */
export type ServerKind =
  | { readonly kind: 'native'; readonly epoch: string }
  | { readonly kind: 'reference' }
  | { readonly kind: 'unknown' };

/**
 * Tells servers apart by their health answer. Whatever else answers (a proxy without a server behind it, another program,
 * our server asked under a wrong path) is unknown: nothing may be sent there and taken for delivered.
 * @param health the answer's body; undefined where it was no JSON
 */
export function serverKindOf(health: unknown): ServerKind {
  const ours = oursSchema.safeParse(health);
  if (ours.success) return { kind: 'native', epoch: ours.data.adw_stream.epoch };
  return { kind: referenceSchema.safeParse(health).success ? 'reference' : 'unknown' };
}
