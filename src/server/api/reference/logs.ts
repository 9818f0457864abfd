import type { FastifyInstance } from 'fastify';
import { AdwStreamError } from '../../../base/errors.ts';
import { isRecord } from '../../../base/is-record.ts';
import { readAll, type Store } from '../../store/store.ts';
import type { AdwParams } from '../adws.ts';
import type { States } from '../states.ts';
import { type Data, rawLines } from './raw-lines.ts';
import { isLogStage, LOG_STAGES, type LogStage, stageFolder } from './stage-folders.ts';
import { isClaudes, stageLogEntry, TOLD_TYPES, toldEntries } from './stage-log.ts';

/** What the reference's log viewers read from. */
export interface LogReads {
  readonly store: Store;
  readonly states: States;
}

type StageParams = AdwParams & { readonly stage: string };

/** Ids are refused in the reference's words; its viewers show them. */
const config = { referenceIdText: true };

/** The reads that the reference's log viewers poll: stage logs and execution logs, answered from the log. */
export function logRoutes(app: FastifyInstance, reads: LogReads): void {
  app.get<{ Params: AdwParams }>('/api/stage-logs/:adw_id', { config }, async ({ params }) => {
    requireDirectory(reads.states, params.adw_id);
    const stages: Record<string, unknown> = {};
    for (const stage of LOG_STAGES) stages[stage] = await stageLogs(reads, params.adw_id, stage);
    return { adw_id: params.adw_id, stages };
  });

  app.get<{ Params: StageParams }>('/api/stage-logs/:adw_id/:stage', { config }, ({ params }) => {
    const stage = requireStage(params.stage);
    requireDirectory(reads.states, params.adw_id);
    return stageLogs(reads, params.adw_id, stage);
  });

  app.get<{ Params: StageParams }>('/api/execution-logs/:adw_id/:stage', { config }, ({ params }) => {
    const stage = requireStage(params.stage);
    requireDirectory(reads.states, params.adw_id);
    return executionLogs(reads, params.adw_id, stage);
  });
}

function requireStage(stage: string): LogStage {
  if (isLogStage(stage)) return stage;
  const names = LOG_STAGES.map(name => `'${name}'`).join(', ');
  throw new AdwStreamError('invalid_query', `Invalid stage: ${stage.slice(0, 64)}. Must be one of [${names}]`);
}

function requireDirectory(states: States, adwId: string): void {
  if (!states.has(adwId)) throw new AdwStreamError('adw_not_found', `ADW directory not found: ${adwId}`);
}

async function stageLogs({ store, states }: LogReads, adwId: string, stage: LogStage) {
  const roles = states.one(adwId)?.roles.map(({ role }) => role) ?? [];
  const folder = stageFolder(stage, roles);
  const lines = folder === undefined ? [] : await rawLines(store, adwId, folder);
  const told = folder === undefined ? undefined : await toldOf(store, adwId, folder);
  const logs = lines.flatMap(line => {
    const ofLine = told?.get(keyOf(line));
    if (ofLine !== undefined) return toldEntries(line.text, ofLine);
    const entry = stageLogEntry(line.text, line.timestamp);
    // Another program's line that says nothing by itself: a piece of a text, a frame.
    return told !== undefined && !isClaudes(entry) ? [] : [entry];
  });
  // The reference reads the array file that is written when the run is over, so before that there is no result.
  const over = logs.some(({ entry_type }) => entry_type === 'result');
  return {
    adw_id: adwId,
    stage,
    logs,
    result: over ? [...new Set(logs.map(({ raw_data }) => raw_data))] : null,
    stage_folder: folder ?? null,
    has_streaming_logs: logs.length > 0,
    has_result: over,
    error: folder === undefined ? `Stage '${stage}' not found or not executed yet` : null,
  };
}

/**
 * What the lines of programs other than Claude Code say, by the line: the reference knows Claude Code's shapes alone, and what the
 * log's events say of the others can be said in them. undefined where no other program wrote.
 */
async function toldOf(store: Store, adwId: string, role: string): Promise<Map<string, Data[]> | undefined> {
  const told = new Map<string, Data[]>();
  for await (const { type, dataJson } of readAll(store, { adwId, types: [...TOLD_TYPES], role })) {
    const data = JSON.parse(dataJson) as Data;
    if (typeof data.agent !== 'string' || !isRecord(data.source)) continue;
    const { path, line } = data.source;
    const key = keyOf({ path: String(path), attempt: Number(data.attempt), number: Number(line) });
    told.set(key, [...(told.get(key) ?? []), { ...data, type }]);
  }
  return told.size > 0 ? told : undefined;
}

function keyOf({ path, attempt, number }: { path: string; attempt: number; number: number }): string {
  return `${path}\0${attempt}\0${number}`;
}

async function executionLogs({ store }: LogReads, adwId: string, stage: LogStage) {
  const folder = `adw_${stage}_iso`;
  const logs: { timestamp: string; level: string; message: string; raw_line: string }[] = [];
  for await (const { dataJson } of readAll(store, { adwId, types: ['agent_log'] })) {
    const { source, timestamp, level, message } = JSON.parse(dataJson) as Data;
    const path = typeof source === 'object' && source !== null && 'path' in source ? String(source.path) : '';
    if (path !== `${folder}/execution.log`) continue;
    const time = String(timestamp).replace('T', ' ').slice(0, 19);
    logs.push({
      timestamp: time,
      level: String(level),
      message: String(message),
      raw_line: `${time} - ${String(level)} - ${String(message)}`,
    });
  }
  const hasLogs = logs.length > 0;
  const error = hasLogs ? null : `No execution log of stage '${stage}' yet`;
  return { adw_id: adwId, stage, logs, stage_folder: folder, has_logs: hasLogs, error };
}
