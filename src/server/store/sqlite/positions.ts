import type { Position } from '../../../event/position.ts';
import type { AppendUnit } from '../store.ts';
import type { Connection } from './connection.ts';

/** A position with the ADW it belongs to. */
export type AdwPosition = Position & { adw_id: string };

/** Where the log stands in each file generation. */
export interface PositionTable {
  /** Where the log stands in the generation of `unit`: at 0 when it is unknown. */
  find(adw: number | undefined, unit: AppendUnit): AdwPosition;
  all(adw: number | undefined): Position[];
  save(adw: number, position: Position): void;
}

/** A key for a unit's file generation; NUL is in no path. */
export function unitKey({ adwId, path, fingerprint }: AppendUnit): string {
  return `${adwId}\0${path}\0${fingerprint}`;
}

/** The position after `unit`, which begins at `position`. */
export function moveOver(position: AdwPosition, unit: AppendUnit): AdwPosition {
  return {
    ...position,
    attempt: unit.attempt,
    next: unit.end,
    lines: position.lines + unit.lines,
    tail_sha256: unit.tailSha256,
    terminated: unit.terminated,
  };
}

type PositionRow = Omit<Position, 'terminated'> & { readonly terminated: number };

const fromRow = ({ terminated, ...row }: PositionRow): Position => ({ ...row, terminated: terminated === 1 });

/** Opens the table of positions. */
export function openPositions(connection: Connection): PositionTable {
  const columns = 'path, fingerprint, attempt, next, lines, tail_sha256, terminated';
  const one = connection.prepare(`SELECT ${columns} FROM positions WHERE adw = ? AND path = ? AND fingerprint = ?`);
  const all = connection.prepare(`SELECT ${columns} FROM positions WHERE adw = ? ORDER BY path, attempt, fingerprint`);
  const save = connection.prepare(`INSERT OR REPLACE INTO positions (adw, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  return {
    find(adw, { adwId, path, fingerprint, attempt }) {
      const row = adw === undefined ? undefined : (one.get(adw, path, fingerprint) as PositionRow | undefined);
      if (row !== undefined) return { adw_id: adwId, ...fromRow(row) };
      return { adw_id: adwId, path, fingerprint, attempt, next: 0, lines: 0, tail_sha256: '', terminated: true };
    },
    all: adw => (all.all(adw ?? null) as PositionRow[]).map(fromRow),
    save(adw, { path, fingerprint, attempt, next, lines, tail_sha256, terminated }) {
      save.run(adw, path, fingerprint, attempt, next, lines, tail_sha256, terminated === false ? 0 : 1);
    },
  };
}
