import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PACKAGE_ROOT } from '../../base/package-root.ts';
import { VERSION } from '../../base/version.ts';

/** Where `npm run build` puts the page. */
export const DASHBOARD_DIR = join(PACKAGE_ROOT, 'dist/dashboard/');

/** What the reference's second server answers at its root; programs that ask for JSON get the same. */
const ROOT = { status: 'ok', service: 'ADW Management API', version: VERSION };

/** Seconds in a year: a file whose name holds the hash of its content never changes. */
const YEAR_SECONDS = 31_536_000;

/**
 * The dashboard at `/`, with its files beside it, compressed beforehand by its build. Where it was not built, and for
 * programs, the root says which server this is.
 */
export async function dashboardRoutes(app: FastifyInstance, { dir }: { readonly dir: string }): Promise<void> {
  const built = existsSync(new URL('index.html', `file://${dir.endsWith('/') ? dir : `${dir}/`}`));
  if (built) {
    await app.register(fastifyStatic, {
      root: dir,
      index: false,
      wildcard: false,
      preCompressed: true,
      cacheControl: false,
      redirect: false,
      dotfiles: 'ignore',
      allowedPath: path => path !== '/index.html',
      globIgnore: ['**/*.br', '**/*.gz'],
      setHeaders: (response, path) => {
        const immutable = /[/\\]assets[/\\]/.test(path);
        response.setHeader('cache-control', immutable ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache');
      },
    });
  }
  app.get('/', { config: { page: true } }, (request, reply) => {
    reply.header('vary', 'accept, accept-encoding, origin');
    return built && !wantsJson(request) ? reply.sendFile('index.html') : ROOT;
  });
}

/** Whether JSON is what the client named, and a page is not. */
function wantsJson({ headers }: FastifyRequest): boolean {
  const accept = headers.accept ?? '';
  return accept.includes('application/json') && !accept.includes('text/html');
}
