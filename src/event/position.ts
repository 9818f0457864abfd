import { z } from 'zod';

/** Where the log stands in one file generation. Served by `GET /api/v1/adws/:id/positions`, moved with its events. */
export const positionSchema = z.object({
  /** Relative to the ADW's root, forward slashes. */
  path: z.string(),
  /** Names the file generation: see `sidecar/tail/fingerprint.ts`. */
  fingerprint: z.string(),
  /** Which generation of `path` this is, from 1. */
  attempt: z.number().int().positive(),
  /** Byte offset after the last line that the log holds. */
  next: z.number().int().nonnegative(),
  /** Lines that the log holds. */
  lines: z.number().int().nonnegative(),
  /** sha-256 (hex) of the last 4 KiB, or fewer, on disk before `next`. */
  tail_sha256: z.string(),
  /** Whether the last line the log holds ended with a newline on disk; absent means it did. */
  terminated: z.boolean().optional(),
});

/** Where the log stands in one file generation. */
export type Position = z.infer<typeof positionSchema>;

/** The answer of `GET /api/v1/adws/:id/positions`. */
export const positionsAnswerSchema = z.object({ epoch: z.string(), files: z.array(positionSchema) });

/** The answer of `GET /api/v1/adws/:id/held`: the ranges that the log holds of one file generation, from byte 0 on without a gap. */
export const heldAnswerSchema = z.object({
  epoch: z.string(),
  /** Bytes of each range on disk, in order; negative for one that the log was told to skip. */
  lengths: z.array(z.number().int()),
  /** sha-256 (hex) over the sha-256s, 32 bytes each, of the ranges that were not skipped. */
  sha256: z.string(),
});

/** What the log holds of one file generation. */
export type HeldRanges = Omit<z.infer<typeof heldAnswerSchema>, 'epoch'>;

/** The answer of `POST /api/v1/events`. */
export const ingestAnswerSchema = z.object({
  accepted: z.number().int(),
  duplicates: z.number().int(),
  rejected: z.array(z.object({ index: z.number().int(), error: z.string() })),
  last_seq: z.number().int(),
  positions: z.array(positionSchema.extend({ adw_id: z.string() })),
});

/** The answer of `POST /api/v1/events`. */
export type IngestAnswer = z.infer<typeof ingestAnswerSchema>;

/** Particulars of a 409 `position_mismatch` or `unit_not_held`; `units` is absent in answers of older servers. */
export const positionRefusalSchema = z.object({
  code: z.enum(['position_mismatch', 'unit_not_held']),
  /** Where every generation that the call names stands. */
  positions: z.array(positionSchema.extend({ adw_id: z.string() })),
  /** The first refused unit of each generation, with the ranges that the log holds behind its `offset`, in order. */
  units: z
    .array(
      z.object({
        adw_id: z.string(),
        path: z.string(),
        fingerprint: z.string(),
        /** Bytes, as `length` is. */
        offset: z.number().int().nonnegative(),
        length: z.number().int().nonnegative(),
        /** `sha256` is that of the range on disk, in hex; empty for one that the log was told to skip. */
        held: z.array(
          z.object({
            offset: z.number().int().nonnegative(),
            length: z.number().int().nonnegative(),
            sha256: z.string(),
          }),
        ),
      }),
    )
    .optional(),
});

/** A generation of which a unit was refused, and the ranges that the log holds of it. */
export type RefusedUnit = NonNullable<PositionRefusal['units']>[number];

/** Particulars of a 409 `position_mismatch` or `unit_not_held`. */
export type PositionRefusal = z.infer<typeof positionRefusalSchema>;
