import { z } from 'zod';
import { AdwStreamError } from '../../base/errors.ts';
import { GENERATION_TYPES, Generations, type LoggedGeneration, markMissingArtifacts } from '../../event/generations.ts';
import { errorOf } from '../deliver/answer.ts';
import type { Transport } from '../deliver/transport.ts';

/** Chunks asked for at once: each may be 64 KiB and more. */
const PAGE_CHUNKS = 100;

const pageSchema = z.looseObject({
  events: z.array(z.looseObject({ seq: z.number(), type: z.string(), data: z.looseObject({}) })),
});

const artifactsSchema = z.looseObject({
  artifacts: z.array(z.looseObject({ path: z.string(), sha256: z.string() })),
});

/**
 * What the log of a server holds of an ADW's files, each generation in the order of the log, those marked whose artifacts
 * are not there. @throws AdwStreamError server_refused
 */
export async function readGenerations(adwId: string, transport: Transport): Promise<LoggedGeneration[]> {
  const generations = new Generations();
  for await (const { type, data } of logEvents(adwId, transport)) generations.add(type, data);
  const logged = generations.list();
  if (!logged.some(({ chunks }) => chunks.some(({ artifacts }) => artifacts.length > 0))) return logged;
  const answer = await transport.request({ method: 'GET', path: `/api/v1/adws/${adwId}/artifacts` });
  const listed = artifactsSchema.safeParse(answer.body);
  if (answer.status !== 200 || !listed.success) {
    throw new AdwStreamError('server_refused', `The server does not list its artifacts: ${errorOf(answer)}.`);
  }
  markMissingArtifacts(logged, listed.data.artifacts);
  return logged;
}

async function* logEvents(adwId: string, transport: Transport) {
  for (let after = 0; ; ) {
    const query = `after=${after}&limit=${PAGE_CHUNKS}&type=${GENERATION_TYPES.join(',')}`;
    const answer = await transport.request({ method: 'GET', path: `/api/v1/adws/${adwId}/events?${query}` });
    if (answer.status === 404) return;
    const page = pageSchema.safeParse(answer.body);
    if (answer.status !== 200 || !page.success) {
      throw new AdwStreamError('server_refused', `The server does not tell its events: ${errorOf(answer)}.`);
    }
    yield* page.data.events;
    const last = page.data.events.at(-1);
    if (last === undefined) return;
    after = last.seq;
  }
}
