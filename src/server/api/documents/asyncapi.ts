import type { z } from 'zod';
import { VERSION } from '../../../base/version.ts';
import { clientMessageSchemas, serverMessageSchemas } from '../../../event/message.ts';
import { eventDataSchemas } from '../../../event/schema.ts';
import { runChangesSchema } from '../answers.ts';
import { schemaOf } from './openapi.ts';

const text = { type: 'string' };

/** The AsyncAPI 3.0 document of the live streams: every event and every control message of both directions. */
export function asyncApiDocument(): Record<string, unknown> {
  const events = Object.entries(eventDataSchemas).map(([type, schema]) => [type, eventMessage(type, schema)] as const);
  const server = Object.entries(serverMessageSchemas).map(([type, schema]) => [type, schemaOf(schema)] as const);
  const client = Object.entries(clientMessageSchemas).map(([type, schema]) => [type, schemaOf(schema)] as const);
  const runs = { type: 'object', properties: { type: { const: 'runs' }, data: schemaOf(runChangesSchema) } };
  const fromServer = [...events, ...server];
  const sent = fromServer.map(([type]) => `server.${type}`);
  const received = client.map(([type]) => `client.${type}`);
  const channel = (address: string, messages: readonly string[], summary: string) => ({
    address,
    summary,
    messages: Object.fromEntries(messages.map(name => [name, { $ref: `#/components/messages/${name}` }])),
  });
  return {
    asyncapi: '3.0.0',
    info: { title: 'adw-stream live streams', version: VERSION },
    channels: {
      ws: channel('/ws', [...sent, ...received], 'WebSocket.'),
      trigger: channel('/ws/trigger', [...sent, ...received], 'WebSocket, under the name that the reference uses.'),
      stream: channel('/api/v1/stream', sent, 'Server-Sent Events.'),
      changes: channel(
        '/api/v1/changes',
        ['server.runs', 'server.heartbeat'],
        'Server-Sent Events: the list of runs, and what changes of it.',
      ),
    },
    operations: {
      sendOnWs: { action: 'send', channel: { $ref: '#/channels/ws' } },
      receiveOnWs: { action: 'receive', channel: { $ref: '#/channels/ws' } },
      sendOnTrigger: { action: 'send', channel: { $ref: '#/channels/trigger' } },
      receiveOnTrigger: { action: 'receive', channel: { $ref: '#/channels/trigger' } },
      sendOnStream: { action: 'send', channel: { $ref: '#/channels/stream' } },
      sendOnChanges: { action: 'send', channel: { $ref: '#/channels/changes' } },
    },
    components: {
      messages: Object.fromEntries([
        ...fromServer.map(([type, payload]) => [`server.${type}`, { name: type, payload }]),
        ['server.runs', { name: 'runs', payload: { ...runs, required: ['type', 'data'] } }],
        ...client.map(([type, payload]) => [`client.${type}`, { name: type, payload }]),
      ]),
    },
  };
}

function eventMessage(type: string, data: z.ZodType) {
  return {
    type: 'object',
    properties: { type: { const: type }, seq: { type: 'integer' }, epoch: text, data: schemaOf(data) },
    required: ['type', 'seq', 'epoch', 'data'],
  };
}
