import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'vite';
import { afterEveryFile } from '../setup/after.ts';
import { ROOT } from '../source-files.ts';

/** As deep below the root as dist/cli, so that the program finds what belongs to the package. */
const DIRECTORY = join(ROOT, 'node_modules', `.programs-${process.pid}`);
const built = new Map<string, Promise<string>>();

afterEveryFile(async () => {
  built.clear();
  await rm(DIRECTORY, { recursive: true, force: true });
});

/**
 * A TypeScript module as JavaScript that Node 20 runs, so that a test can start it in a process of its own and kill it: built
 * once for a test file, since to load the sources anew costs a process five times as much as all else of its start.
 * @param file the module's path
 * @returns the path of what was built
 */
export function program(file: string): Promise<string> {
  const known = built.get(file) ?? bundled(file);
  built.set(file, known);
  return known;
}

async function bundled(file: string): Promise<string> {
  const name = `${basename(file, '.ts')}.js`;
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: file,
      target: 'node20',
      outDir: DIRECTORY,
      emptyOutDir: false,
      rolldownOptions: { output: { entryFileNames: name, codeSplitting: false } },
    },
  });
  return join(DIRECTORY, name);
}
