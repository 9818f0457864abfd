import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FACTORY_TABLES } from '../../examples/factory.ts';
import { type Database, openDatabase, type SqlValue } from '../../src/base/sqlite.ts';

/** The run of these tests. */
export const RUN = 'f00dcafe';

const START_MS = Date.parse('2026-11-01T10:00:00.000Z');

/** A time as a factory writes it, seconds after the run began. */
export function at(seconds: number): string {
  return new Date(START_MS + seconds * 1_000).toISOString().replace('Z', '+00:00');
}

/** A factory's database that is being written to. */
export interface Factory {
  readonly database: Database;
  insert(table: string, row: Readonly<Record<string, SqlValue>>): void;
}

/** Opens or makes the database of the project at `root`, as a workflow does. */
export function openFactory(root: string): Factory {
  const data = join(root, 'adws', 'adw_data');
  mkdirSync(join(data, 'sessions'), { recursive: true });
  const database = openDatabase(join(data, 'sssf.db'), 5_000);
  database.exec(
    `PRAGMA journal_mode = WAL; ${FACTORY_TABLES.replaceAll('CREATE TABLE', 'CREATE TABLE IF NOT EXISTS')}`,
  );
  return {
    database,
    insert(table, row) {
      const names = Object.keys(row);
      // A statement that is not collected yet keeps its database open after it was closed.
      database.exec(
        `INSERT INTO ${table} (${names.join(', ')}) VALUES (${Object.values(row).map(literal).join(', ')})`,
      );
    },
  };
}

function literal(value: SqlValue): string {
  return typeof value === 'number'
    ? String(value)
    : value === null
      ? 'NULL'
      : `'${String(value).replaceAll("'", "''")}'`;
}

/** A run of four phases: the plan was corrected once, the build goes on. */
export function tellOfRun({ insert }: Factory, id = RUN): void {
  const session = { adw_id: id, adw_name: 'adw_plan_build', request: 'add a /health endpoint\nand test it' };
  insert('sessions', { ...session, status: 'running', engineer: 'jo', started_at: at(0) });
  const phase = (seq: number, name: string, more: Readonly<Record<string, SqlValue>>) =>
    insert('phases', { phase_id: `${id}_0${seq}_${name}`, adw_id: id, seq, name, ...more });
  phase(1, 'request', { kind: 'engineer', owner: 'jo', status: 'success', started_at: at(0), ended_at: at(1) });
  const plan = { kind: 'agent', owner: 'planner', retries: 2, attempt: 1 };
  phase(2, 'plan', { ...plan, status: 'success', started_at: at(1), ended_at: at(10) });
  phase(3, 'commit_plan', { kind: 'code', owner: 'git', status: 'success', started_at: at(10), ended_at: at(11) });
  phase(4, 'build', { kind: 'agent', owner: 'builder', status: 'running', retries: 2, started_at: at(11) });
  const gate = { adw_id: id, phase_id: `${id}_02_plan`, gate: 'artifacts_exist' };
  const missing = {
    violations_json: '["plan.md: missing"]',
    checks_json: '[{"item":"plan.md","ok":false,"note":"missing"}]',
  };
  insert('gate_results', { ...gate, attempt: 1, passed: 0, ...missing, created_at: at(5) });
  const there = { violations_json: '[]', checks_json: '[{"item":"plan.md","ok":true,"note":"exists, 454B"}]' };
  insert('gate_results', { ...gate, attempt: 2, passed: 1, ...there, created_at: at(9) });
  const note = (seconds: number, phaseId: string, type: string, name: string, payload: unknown) =>
    insert('events', {
      ...{ event_id: `evt_${id}_${seconds}_${type}`, adw_id: id, phase_id: `${id}_${phaseId}`, type, name },
      ...{ payload_json: JSON.stringify(payload), started_at: at(seconds) },
    });
  note(1, '01_request', 'log', 'request', { input: 'add a /health endpoint' });
  note(3, '02_plan', 'tool_call', 'read: src/app.ts', { tool: 'read' });
  note(10, '02_plan', 'handoff', 'planner', { artifacts: ['context_handoff/plan.md'], summary: 'Plan written' });
  insert('processes', {
    adw_id: id,
    kind: 'agent',
    name: 'planner',
    pid: 4_194_000,
    command: 'pi planner',
    started_at: at(1),
    ended_at: at(9),
  });
}

/** Writes a file of the run. */
export function writeFile(root: string, path: string, content: string): void {
  const file = join(root, 'adws', 'adw_data', 'sessions', RUN, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** The lines of a session that succeeded. */
export function session(id: string, text: string, costUsd: number, seconds = 1): string {
  const usage = { input_tokens: 10, output_tokens: 5 };
  const common = { session_id: id };
  const timed = (after: number) => ({ ...common, timestamp: at(seconds + after).replace('+00:00', 'Z') });
  const message = {
    id: `m-${id}`,
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [{ type: 'text', text }],
    usage,
  };
  const lines = [
    { type: 'system', subtype: 'init', cwd: '/w', model: 'claude-sonnet-4-5', tools: [], ...timed(0) },
    { type: 'assistant', message, ...timed(1) },
    {
      type: 'result',
      subtype: 'success',
      is_error: false,
      duration_ms: 4_000,
      num_turns: 1,
      result: text,
      total_cost_usd: costUsd,
      usage,
      ...timed(4),
    },
  ];
  return lines.map(line => `${JSON.stringify(line)}\n`).join('');
}

/** Everything below a directory: names, sizes, times of change, hashes. Two equal ones are of the same bytes, untouched. */
export function traceOf(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map(name => {
      const stats = statSync(join(root, name), { bigint: true });
      const hash = stats.isFile()
        ? createHash('sha256')
            .update(readFileSync(join(root, name)))
            .digest('hex')
        : '-';
      return `${name} ${stats.size} ${stats.mtimeNs} ${hash}`;
    })
    .sort();
}
