// A workflow's agent as far as files go: writes the lines of one file to another, one at a time, with a pause between them.
// node append-lines.mjs <from> <to> <pause in ms>
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const [from, to, pause] = process.argv.slice(2);
mkdirSync(dirname(to), { recursive: true });
for (const line of readFileSync(from, 'utf8').split('\n').filter(Boolean)) {
  appendFileSync(to, `${line}\n`);
  await setTimeout(Number(pause));
}
