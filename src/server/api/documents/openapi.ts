import { z } from 'zod';
import { VERSION } from '../../../base/version.ts';
import { errorAnswerSchema } from '../answers.ts';
import type { Operation } from './operation.ts';

/** Statuses with which any route may refuse: a bad id or query, no token, a wrong name, a flood, a failure of ours, a store that is away. */
const REFUSALS_OF_ALL = [400, 401, 403, 429, 500, 503];

const ERROR_REF = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };

/** The OpenAPI 3.1 document of the routes, with the schemas that validate. */
export function openApiDocument(operations: readonly Operation[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'adw-stream', version: VERSION, description: 'See docs/protocol.md for examples of every payload.' },
    paths,
    components: {
      schemas: { Error: schemaOf(errorAnswerSchema) },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
    security: [{}, { bearer: [] }],
  };
}

/** A zod schema as JSON Schema, without the dialect's name, which the document says once. */
export function schemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' });
  return rest;
}

function describe({ summary, path, query, body, answers, refusals = [], open = false }: Operation) {
  const responses: Record<string, unknown> = {};
  for (const status of [...REFUSALS_OF_ALL, ...refusals].sort()) {
    responses[status] = { description: 'Refused.', content: ERROR_REF };
  }
  for (const [status, { type, schema }] of Object.entries(answers)) {
    responses[status] = { description: 'Done.', content: { [type]: contentOf(schema) } };
  }
  return {
    summary,
    ...(open ? { security: [] } : {}),
    parameters: [...pathParameters(path), ...queryParameters(query)],
    ...(body ? { requestBody: { required: true, content: contents(body) } } : {}),
    responses,
  };
}

function contents(body: NonNullable<Operation['body']>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).map(([type, schema]) => [type, contentOf(schema)]));
}

function contentOf(schema: z.ZodType | null): Record<string, unknown> {
  return schema === null ? {} : { schema: schemaOf(schema) };
}

function pathParameters(path: string) {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(query: z.ZodObject | undefined) {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    description: z.globalRegistry.get(schema as z.ZodType)?.description,
    schema: schemaOf(schema as z.ZodType),
  }));
}
