import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isAdwId } from '../../adw/id.ts';

/** What else lies in an agents directory than ADWs with strict ids. Names, sorted. */
export interface OtherRuns {
  /** Runs whose ids only `--id-format any` admits. */
  readonly otherForm: readonly string[];
  /** Runs whose names can be no id under any format. */
  readonly unnameable: readonly string[];
  /** Directories that hold no run. */
  readonly noRuns: readonly string[];
}

/** What a run leaves in its own directory or in that of a role. */
const TRACE = /\.jsonl$|^(?:adw_)?state\.json$|^workflow_summary\.json$|^execution\.log$|^prompts$/;

/** Sorts the directories that strict ids leave out, by their names and by what lies in them. Links are not followed. */
export function findOtherRuns(agentsDir: string): OtherRuns {
  const names = directoriesIn(agentsDir).filter(name => !name.startsWith('.') && !isAdwId(name, 'strict'));
  const isRun = new Set(names.filter(name => hasTrace(join(agentsDir, name))));
  const runs = names.filter(name => isRun.has(name));
  return {
    otherForm: runs.filter(name => isAdwId(name, 'any')),
    unnameable: runs.filter(name => !isAdwId(name, 'any')),
    noRuns: names.filter(name => !isRun.has(name)),
  };
}

function hasTrace(directory: string): boolean {
  if (entriesOf(directory).some(({ name }) => TRACE.test(name))) return true;
  return directoriesIn(directory).some(role => entriesOf(join(directory, role)).some(({ name }) => TRACE.test(name)));
}

function directoriesIn(directory: string): string[] {
  return entriesOf(directory)
    .filter(entry => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** A directory that cannot be read has nothing to show. */
function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
