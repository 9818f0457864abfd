import { z } from 'zod';

type Json = Record<string, unknown>;

/** Holds an answer against what `/openapi.json` says of its route. Throws with the first difference. */
export async function expectDescribed(url: string, route: string, { status, body }: { status: number; body: unknown }) {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Json;
  const operation = at(document, ['paths', route, 'get']);
  const content = at(Object.values(at(operation, ['responses', String(status), 'content']))[0] as Json, ['schema']);
  const schema = content.$ref === undefined ? content : at(document, ['components', 'schemas', 'Error']);
  z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).parse(body);
}

function at(document: Json, path: readonly string[]): Json {
  let here: unknown = document;
  for (const key of path) here = (here as Json | undefined)?.[key];
  if (typeof here !== 'object' || here === null) throw new Error(`the document has nothing at ${path.join(' / ')}`);
  return here as Json;
}
