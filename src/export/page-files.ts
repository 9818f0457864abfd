import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AdwStreamError } from '../base/errors.ts';
import { PACKAGE_ROOT } from '../base/package-root.ts';

/** Where `npm run build` puts the page that is exported. */
const EXPORT_PAGE_DIR = join(PACKAGE_ROOT, 'dist/export/');

/** The page itself: what is the same in every export. */
export interface PageFiles {
  readonly script: string;
  readonly style: string;
  /** Of the packages in it. */
  readonly licenses: string;
  /** What the page may do: run this script and draw with this style, show what lies in it, send no request. */
  readonly policy: string;
}

/** Reads the built page. @throws AdwStreamError not_offered where it was not built */
export async function readPageFiles(dir: string = EXPORT_PAGE_DIR): Promise<PageFiles> {
  try {
    const [script = '', style = '', licenses = ''] = await Promise.all(
      ['page.js', 'page.css', 'licenses.md'].map(name => readFile(join(dir, name), 'utf8')),
    );
    return { script, style, licenses, policy: policyOf(script, style) };
  } catch (error) {
    const message = 'The page that is exported was not built: run npm run build, or install the package.';
    throw new AdwStreamError('not_offered', message, { cause: error });
  }
}

function policyOf(script: string, style: string): string {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const sources = {
    'default-src': "'none'",
    'script-src': hash(script),
    'style-src': hash(style),
    'img-src': 'data: blob:',
    'base-uri': "'none'",
    'form-action': "'none'",
  };
  return Object.entries(sources)
    .map(([directive, source]) => `${directive} ${source}`)
    .join('; ');
}
