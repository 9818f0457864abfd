import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { expect } from 'vitest';
import { z } from 'zod';
import { asyncApiDocument } from '../../src/server/api/documents/asyncapi.ts';
import { openApiDocument } from '../../src/server/api/documents/openapi.ts';
import { OPERATIONS } from '../../src/server/api/documents/operations.ts';
import { afterEveryTest } from '../setup/after.ts';

/**
 * Holds what a server says against what its API documents say: every answer of an application that is given to
 * {@link holdToDocuments}, every message that is given to {@link checkMessage}. What differs fails the test that it
 * happened in.
 */

type Json = Record<string, unknown>;

const openApi = JSON.parse(JSON.stringify(openApiDocument(OPERATIONS))) as Json;
const asyncApi = JSON.parse(JSON.stringify(asyncApiDocument())) as Json;
const differences: string[] = [];

afterEveryTest(() => {
  expect(takeDifferences()).toEqual([]);
});

/** What differed so far in this test, and is no longer held against it. */
export function takeDifferences(): string[] {
  return differences.splice(0);
}

/** Routes whose answers the document leaves to people: the form, and what is not offered. */
const UNDESCRIBED = /^\/login$/;

/** Looks at every JSON answer of an application from now on. */
export function holdToDocuments(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const type = String(reply.getHeader('content-type') ?? '');
    // A HEAD has no body, and what is compressed was looked at before.
    if (!type.startsWith('application/json') || typeof payload !== 'string' || request.method === 'HEAD')
      return payload;
    const difference = compare(request, reply, JSON.parse(payload));
    if (difference !== undefined) differences.push(difference);
    return payload;
  });
}

function compare({ method, routeOptions, url }: FastifyRequest, { statusCode }: FastifyReply, body: unknown) {
  const path = (routeOptions.url ?? '').replaceAll(/:(\w+)/g, '{$1}').replace(/\*$/, '{path}');
  const parameters = path.replace('/adws/{id}', '/adws/{adw_id}');
  const operation = find(openApi, ['paths', parameters, method.toLowerCase()]);
  const what = `${method} ${url.slice(0, 80)} ${statusCode}`;
  const response = find(operation, ['responses', String(statusCode)]);
  if (operation !== undefined && response === undefined) return `${what}: the status is not described`;
  if (operation === undefined && statusCode < 400 && !UNDESCRIBED.test(path)) return `${what}: not described`;
  const content = find(response, ['content', 'application/json', 'schema']);
  const schema = statusCode >= 400 ? find(openApi, ['components', 'schemas', 'Error']) : content;
  return schema && fault(what, schema, body);
}

/** Looks at a message of a live stream: an event or a control message of the server. */
export function checkMessage(message: unknown): void {
  const { type } = message as { type?: unknown };
  const schema = find(asyncApi, ['components', 'messages', `server.${String(type)}`, 'payload']);
  const what = `message ${String(type)}`;
  const difference = schema === undefined ? `${what}: not described` : fault(what, schema, message);
  if (difference !== undefined) differences.push(difference);
}

const compiled = new WeakMap<Json, z.ZodType>();

function fault(what: string, schema: Json, value: unknown): string | undefined {
  let made = compiled.get(schema);
  if (made === undefined) {
    made = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
    compiled.set(schema, made);
  }
  const parsed = made.safeParse(value);
  return parsed.success ? undefined : `${what}: ${parsed.error.message.slice(0, 600)}`;
}

function find(document: Json | undefined, path: readonly string[]): Json | undefined {
  let here: unknown = document;
  for (const key of path) here = typeof here === 'object' && here !== null ? (here as Json)[key] : undefined;
  return here as Json | undefined;
}
