import type { FastifyInstance, HTTPMethods } from 'fastify';
import { AdwStreamError } from '../../../base/errors.ts';

/** Routes of the reference that start or change workflows, or open a person's editor: not what this server is for. */
const NOT_OFFERED: readonly (readonly [HTTPMethods, string])[] = [
  ['POST', '/api/clarify'],
  ['GET', '/api/issues/*'],
  ['POST', '/api/issues/*'],
  ['GET', '/api/merge/*'],
  ['POST', '/api/merge/*'],
  ['GET', '/api/slash-command'],
  ['GET', '/api/slash-commands'],
  ['POST', '/api/open-file'],
  ['GET', '/api/ide-status'],
  ['POST', '/api/codebase/open'],
  ['POST', '/api/worktree/open'],
];

/** Answers 501 where the reference would act, so that its browser client says so instead of hanging. */
export function notOfferedRoutes(app: FastifyInstance): void {
  const refuse = async () => {
    throw new AdwStreamError('not_offered', 'adw-stream shows workflows; it does not start or change them.');
  };
  // Refused before the body is looked at: that client says it sends JSON even where it sends nothing.
  for (const [method, url] of NOT_OFFERED) app.route({ method, url, onRequest: refuse, handler: refuse });
}
