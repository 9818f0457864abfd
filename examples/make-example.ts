import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exampleFiles } from './tree.ts';

// Writes `examples/agents` and `examples/specs` anew, after a change to the story:
// node test/programs/run-typescript.mjs examples/make-example.ts
const root = import.meta.dirname;
for (const folder of ['agents', 'specs']) rmSync(join(root, folder), { recursive: true, force: true });
for (const [path, content] of exampleFiles()) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
