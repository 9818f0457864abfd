import { sha256Hex } from '../../../event/id.ts';
import type { Position } from '../../../event/position.ts';
import type { AppendUnit, FileGeneration, HeldUnit } from '../store.ts';
import type { Connection } from './connection.ts';

/** Where the log stands in each file generation, and which ranges it holds of them. */
export interface PositionTable {
  /** Where the log stands in the generation of `unit`. */
  find(adw: number | undefined, unit: AppendUnit): Position | undefined;
  all(adw: number | undefined): Position[];
  /** The units of its generation that end after the unit's offset, in order, at most `max`. */
  held(adw: number | undefined, unit: FileGeneration & Pick<AppendUnit, 'offset'>, max: number): HeldUnit[];
  /** Moves a position over units, which are held from now on. */
  move(adw: number, position: Position, units: readonly HeldUnit[]): void;
}

type PositionRow = Omit<Position, 'terminated'> & { readonly terminated: number };

const fromRow = ({ terminated, ...row }: PositionRow): Position => ({ ...row, terminated: terminated === 1 });

/** Stands for a generation in the table of units: 48 bits, which every number holds. */
function fileOf({ path, fingerprint }: Pick<Position, 'path' | 'fingerprint'>): number {
  return Number.parseInt(sha256Hex(`${path}\0${fingerprint}`).slice(0, 12), 16);
}

/** Opens the tables of positions and units. */
export function openPositions(connection: Connection): PositionTable {
  const columns = 'path, fingerprint, attempt, next, lines, tail_sha256, terminated';
  const one = connection.prepare(`SELECT ${columns} FROM positions WHERE adw = ? AND path = ? AND fingerprint = ?`);
  const all = connection.prepare(`SELECT ${columns} FROM positions WHERE adw = ? ORDER BY path, attempt, fingerprint`);
  const save = connection.prepare(`INSERT OR REPLACE INTO positions (adw, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  const hold = connection.prepare(
    'INSERT OR REPLACE INTO units (adw, file, end, offset, sha256) VALUES (?, ?, ?, ?, unhex(?))',
  );
  const held = connection.prepare(
    'SELECT offset, end, lower(hex(sha256)) AS sha256 FROM units WHERE adw = ? AND file = ? AND end > ? ORDER BY end LIMIT ?',
  );
  return {
    find(adw, { path, fingerprint }) {
      const row = adw === undefined ? undefined : (one.get(adw, path, fingerprint) as PositionRow | undefined);
      return row && fromRow(row);
    },
    all: adw => (all.all(adw ?? null) as PositionRow[]).map(fromRow),
    held: (adw, unit, max) => (adw === undefined ? [] : (held.all(adw, fileOf(unit), unit.offset, max) as HeldUnit[])),
    move(adw, position, units) {
      const { path, fingerprint, attempt, next, lines, tail_sha256, terminated } = position;
      save.run(adw, path, fingerprint, attempt, next, lines, tail_sha256, terminated === false ? 0 : 1);
      const file = fileOf(position);
      for (const { offset, end, sha256 } of units) hold.run(adw, file, end, offset, sha256);
    },
  };
}
