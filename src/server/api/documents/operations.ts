import { z } from 'zod';
import { heldAnswerSchema, ingestAnswerSchema, positionsAnswerSchema } from '../../../event/position.ts';
import * as answers from '../answers.ts';
import { artifactQuerySchema } from '../artifacts.ts';
import { exportQuerySchema } from '../export.ts';
import { heldQuerySchema } from '../held-ranges.ts';
import { eventsQuerySchema, newestQuerySchema, summaryQuerySchema } from '../query.ts';
import { boardQuerySchema } from '../reference/adws.ts';
import { cardFieldsSchema, newCardSchema } from '../reference/cards.ts';
import { searchQuerySchema } from '../search.ts';
import { adwSummarySchema } from '../summary-schema.ts';
import type { Operation } from './operation.ts';
import { REFERENCE_POSTS } from './reference-posts.ts';

const json = (schema: z.ZodType) => ({ 200: { type: 'application/json', schema } });
const page = (type: string) => ({ 200: { type, schema: null } });

const newEventSchema = z.object({ type: z.string(), data: z.looseObject({ adw_id: z.string() }) });

/** The routes of our own protocol, and those of the reference's. */
export const OPERATIONS: readonly Operation[] = [
  ...REFERENCE_POSTS,
  {
    method: 'get',
    path: '/api/v1/session',
    summary: 'What the caller may do, and whether a login gave it that.',
    answers: json(answers.sessionAnswerSchema),
  },
  {
    method: 'get',
    path: '/api/v1/adws',
    summary: 'Every known ADW with its summary, the latest first.',
    answers: json(answers.adwsAnswerSchema),
  },
  {
    method: 'get',
    path: '/api/v1/adws/{adw_id}',
    summary: 'The summary of one ADW, as it is or as it was.',
    query: summaryQuerySchema,
    answers: json(adwSummarySchema),
    refusals: [404],
  },
  {
    method: 'get',
    path: '/api/v1/adws/{adw_id}/events',
    summary: 'A page of events in seq order.',
    query: eventsQuerySchema,
    answers: json(answers.eventsAnswerSchema),
    refusals: [404],
  },
  {
    method: 'get',
    path: '/api/v1/adws/{adw_id}/newest',
    summary:
      'What a view of an ADW begins with: its summary and its newest events in seq order. Answers for ids that the log does not know yet, too.',
    query: newestQuerySchema,
    answers: json(answers.newestAnswerSchema),
  },
  {
    method: 'get',
    path: '/api/v1/adws/{adw_id}/events/{event_id}',
    summary: 'One event, whole.',
    answers: json(answers.logEventSchema),
    refusals: [404],
  },
  {
    method: 'get',
    path: '/api/v1/adws/{adw_id}/index',
    summary: 'All events of an ADW as columns, without their bodies.',
    answers: json(answers.indexAnswerSchema),
    refusals: [404],
  },
  {
    method: 'get',
    path: '/api/v1/adws/{adw_id}/rows',
    summary:
      'All events of an ADW but raw chunks, as what a list shows of each: a line that says up to where, then lines of columns in seq order.',
    answers: { 200: { type: 'application/x-ndjson', schema: answers.rowsLineSchema } },
    refusals: [404],
  },
  {
    method: 'get',
    path: '/api/v1/adws/{adw_id}/artifacts',
    summary: 'The stored files of an ADW, every version of each.',
    answers: json(answers.artifactsAnswerSchema),
    refusals: [404],
  },
  {
    method: 'get',
    path: '/api/v1/adws/{adw_id}/artifacts/{path}',
    summary: 'The bytes of a stored file; takes Range, If-Range and If-None-Match.',
    query: artifactQuerySchema,
    answers: { 200: { type: '*/*', schema: null }, 206: { type: '*/*', schema: null } },
    refusals: [404, 416],
  },
  {
    method: 'get',
    path: '/api/v1/adws/{adw_id}/export.html',
    summary: 'One ADW as a page that holds all of its data and needs no server.',
    query: exportQuerySchema,
    answers: page('text/html'),
    refusals: [404, 501],
  },
  {
    method: 'put',
    path: '/api/v1/adws/{adw_id}/artifacts/{path}',
    summary: 'Stores a file; the header `Digest: sha-256=<base64>` names its content.',
    body: { 'application/octet-stream': null },
    answers: {
      200: { type: 'application/json', schema: answers.uploadAnswerSchema },
      201: { type: 'application/json', schema: answers.uploadAnswerSchema },
    },
    refusals: [409, 413, 507],
  },
  {
    method: 'get',
    path: '/api/v1/adws/{adw_id}/positions',
    summary: 'Where the log stands in each file generation.',
    answers: json(positionsAnswerSchema),
  },
  {
    method: 'get',
    path: '/api/v1/adws/{adw_id}/held',
    summary: 'Which ranges the log holds of one file generation, and one hash over theirs.',
    query: heldQuerySchema,
    answers: json(heldAnswerSchema),
  },
  {
    method: 'post',
    path: '/api/v1/events',
    summary: 'A batch of events; answered after they are durable. May be gzip encoded.',
    body: { 'application/x-ndjson': newEventSchema, 'application/json': z.array(newEventSchema) },
    answers: json(ingestAnswerSchema),
    refusals: [409, 413, 415, 507],
  },
  {
    method: 'get',
    path: '/api/v1/stream',
    summary: 'Server-Sent Events: the log from a seq on, then live. See /asyncapi.json.',
    query: z.object({
      adw_id: z.string().optional(),
      types: z.string().optional(),
      after: z.string().optional(),
      epoch: z.string().optional(),
    }),
    answers: page('text/event-stream'),
  },
  {
    method: 'get',
    path: '/api/v1/search',
    summary: 'Full text over all runs: hits by run, that with the newest first.',
    query: searchQuerySchema,
    answers: json(answers.searchAnswerSchema),
  },
  {
    method: 'get',
    path: '/api/v1/changes',
    summary:
      'Server-Sent Events: the list of runs, and what changes of it, each run once a second at most. See /asyncapi.json.',
    query: z.object({
      after: z.string().optional().describe('The `at` of the last message; `Last-Event-ID` says the same.'),
      parts: z.enum(['0', '1']).optional().describe('1: with what phases, roles and models took.'),
    }),
    answers: page('text/event-stream'),
  },
  {
    method: 'get',
    path: '/api/v1/alarms',
    summary: 'The rules and actions of the server, by name: neither addresses nor secrets.',
    answers: json(answers.alarmsAnswerSchema),
  },
  {
    method: 'post',
    path: '/api/v1/alarms/test',
    summary: 'Sends a test alarm by every action, and tells what each said.',
    body: { 'application/json': z.unknown() },
    answers: json(answers.alarmTestAnswerSchema),
    refusals: [413, 415],
  },
  {
    method: 'get',
    path: '/api/v1/connections',
    summary: 'The connected clients: address, user agent, subscriptions, what was sent, round-trip time.',
    answers: json(answers.connectionsAnswerSchema),
  },
  {
    method: 'get',
    path: '/health',
    summary: 'Whether the server is well.',
    answers: json(answers.healthAnswerSchema),
    open: true,
  },
  {
    method: 'get',
    path: '/',
    summary: 'The dashboard; for programs that ask for JSON, which server this is.',
    answers: json(answers.rootAnswerSchema),
  },
  {
    method: 'get',
    path: '/openapi.json',
    summary: 'This document.',
    answers: json(z.looseObject({ openapi: z.string() })),
  },
  {
    method: 'get',
    path: '/asyncapi.json',
    summary: 'The messages of the live streams.',
    answers: json(z.looseObject({ asyncapi: z.string() })),
  },
  { method: 'get', path: '/metrics', summary: 'Metrics for Prometheus.', answers: page('text/plain') },
  {
    method: 'get',
    path: '/api/stage-logs/{adw_id}',
    summary: 'The log of every stage, for the reference.',
    answers: json(answers.allStageLogsAnswerSchema),
    refusals: [404],
  },
  {
    method: 'get',
    path: '/api/stage-logs/{adw_id}/{stage}',
    summary: 'The log of one stage, for the reference.',
    answers: json(answers.stageLogsAnswerSchema),
    refusals: [404],
  },
  {
    method: 'get',
    path: '/api/execution-logs/{adw_id}/{stage}',
    summary: 'The execution log of one stage, for the reference.',
    answers: json(answers.executionLogsAnswerSchema),
    refusals: [404],
  },
  {
    method: 'get',
    path: '/api/agent-state/{adw_id}',
    summary: 'The state file as the log knows it, for the reference.',
    answers: json(answers.agentStateAnswerSchema),
    refusals: [404],
  },
  {
    method: 'get',
    path: '/api/adws/list',
    summary: 'Every ADW as a flat object, for the reference.',
    answers: json(answers.adwsListAnswerSchema),
  },
  {
    method: 'get',
    path: '/api/adws',
    summary: 'ADWs by status and stage, for the reference.',
    query: boardQuerySchema,
    answers: json(answers.referenceAdwsAnswerSchema),
  },
  {
    method: 'get',
    path: '/api/adws/{adw_id}',
    summary: 'One ADW as a flat object, for the reference.',
    answers: json(answers.referenceAdwSchema),
    refusals: [404],
  },
  {
    method: 'post',
    path: '/api/adws',
    summary: "Makes a card of the reference's board: a record beside the log.",
    body: { 'application/json': newCardSchema },
    answers: { 201: { type: 'application/json', schema: answers.referenceAdwSchema } },
    refusals: [409, 413, 415, 422, 507],
  },
  {
    method: 'patch',
    path: '/api/adws/{adw_id}',
    summary: "Remembers what the reference's board says of an ADW, such as its column.",
    body: { 'application/json': cardFieldsSchema },
    answers: json(answers.referenceAdwSchema),
    refusals: [404, 413, 415, 422],
  },
  {
    method: 'delete',
    path: '/api/adws/{adw_id}',
    summary: "Takes an ADW off the reference's board. Its files and its log stay.",
    answers: json(answers.cardGoneAnswerSchema),
    refusals: [404, 415],
  },
  {
    method: 'get',
    path: '/api/adws/{adw_id}/plan',
    summary: 'The newest plan, for the reference.',
    answers: json(answers.planAnswerSchema),
    refusals: [404],
  },
];
