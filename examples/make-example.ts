import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FACTORY_DATA, factoryFiles } from './factory.ts';
import { writeFactoryDatabase } from './factory-database.ts';
import { exampleFiles } from './tree.ts';

// Writes `examples/agents`, `examples/specs` and `examples/adws` anew, after a change to the stories:
// node test/programs/run-typescript.mjs examples/make-example.ts
const root = import.meta.dirname;
for (const folder of ['agents', 'specs', 'adws']) rmSync(join(root, folder), { recursive: true, force: true });
for (const [path, content] of [...exampleFiles(), ...factoryFiles()]) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
writeFactoryDatabase(join(root, FACTORY_DATA, 'sssf.db'));
