import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PHASES, type Phase } from '../adw/phase.ts';
import { AdwStreamError } from '../base/errors.ts';
import type { Layout } from '../sidecar/discover/layout.ts';
import type { SidecarSummary } from '../sidecar/flow.ts';
import type { SidecarOptions } from '../sidecar/options.ts';
import type { Context } from './context.ts';
import { limitsOf } from './judgement-limits.ts';
import { safeLine } from './output/escape.ts';
import { isAllInLog, reportRemarks, summaryLine } from './output/summary.ts';
import type { Terminal } from './output/terminal.ts';
import { wrapped } from './wrap.ts';

/** Where the ADWs' files and our own notes about them are. */
export interface Places {
  readonly agentsDir: string;
  /** The directory of the project's other layout; it need not be there yet. */
  readonly otherDirs: readonly string[];
  /** Those of both that are there, each with its layout. */
  readonly found: readonly { readonly directory: string; readonly layout: Layout }[];
  readonly stateDir: string;
  /** Where an earlier version kept them. */
  readonly formerStateDir?: string;
}

/** Finds where the runs lie, and the state directory. @throws AdwStreamError agents_dir_not_found */
export async function findPlaces({ io, settings }: Context): Promise<Places> {
  const [{ findRunDirectories }, { directoriesOf, layoutOf, repositoryOf, RUNS_BELOW }, { defaultStateDir }] =
    await Promise.all([
      import('../sidecar/discover/agents-dir.ts'),
      import('../sidecar/discover/layout.ts'),
      import('../sidecar/tail/state-dir.ts'),
    ]);
  const given = settings.agentsDir;
  const runs = await findRunDirectories({ cwd: io.cwd, ...(given === undefined ? {} : { agentsDir: given }) });
  const { agentsDir, otherDirs = [] } = runs;
  const present = directoriesOf(runs).filter(directory => existsSync(directory));
  const found = present.map(directory => ({ directory, layout: layoutOf(directory) }));
  const places = { agentsDir, otherDirs, found };
  if (settings.stateDir !== undefined) return { ...places, stateDir: settings.stateDir };
  // One for a project, whichever layout it began with.
  const key = layoutOf(agentsDir) === 'factory' ? join(repositoryOf(agentsDir), RUNS_BELOW.classic) : agentsDir;
  return {
    ...places,
    stateDir: defaultStateDir(key, io.env),
    formerStateDir: join(dirname(key), '.adw-stream'),
  };
}

/** Where the runs lie, for a sentence; a layout is named where it is not the classic one, or not the only one. */
export function placesInWords({ agentsDir, found }: Places): string {
  if (found.length === 0) return agentsDir;
  const isPlain = found.length === 1 && found[0]?.layout === 'classic';
  return found.map(({ directory, layout }) => (isPlain ? directory : `${directory} (${layout})`)).join(' and ');
}

/** What a sidecar takes of the places. */
export function directoriesIn({ agentsDir, otherDirs, stateDir, formerStateDir }: Places) {
  return { agentsDir, otherDirs, stateDir, ...(formerStateDir === undefined ? {} : { formerStateDir }) };
}

/** The options of a sidecar that come from the settings; what watch and replay do differently is added by them. */
export function sidecarOptions(
  { settings, terminal, stop }: Context,
  adwId: string,
  places: Places,
): Omit<SidecarOptions, 'follow' | 'timeoutMs'> {
  return {
    adwId,
    ...directoriesIn(places),
    idFormat: settings.idFormat,
    server: settings.server,
    ...(settings.token === undefined ? {} : { token: settings.token }),
    untilComplete: false,
    limits: limitsOf(settings),
    stages: settings.stages,
    besideMonitor: settings.besideMonitor,
    takeover: settings.takeover,
    redact: settings.redact,
    redactPatterns: checkedPatterns(settings.redactPatterns),
    phaseMap: checkedPhases(settings.phaseMap),
    pollMs: settings.poll,
    fsEvents: settings.fsEvents,
    ...(terminal.form === 'ndjson' ? { onHealth: data => terminal.printJson({ type: 'health', data }) } : {}),
    signal: stop.signal,
    log: terminal.log,
  };
}

/** The options of a sidecar that goes on for as long as it is let, also while no server is there. */
export function watchOptions(context: Context, adwId: string, places: Places): SidecarOptions {
  return { ...sidecarOptions(context, adwId, places), follow: true, timeoutMs: Number.POSITIVE_INFINITY };
}

/** Prints what a sidecar did: a sentence for people on `stream`, a record for programs on stdout. */
export function printSummary(terminal: Terminal, summary: SidecarSummary, stream: 'stdout' | 'stderr'): void {
  if (terminal.form === 'ndjson') {
    terminal.printJson({ type: 'summary', data: summary });
    return;
  }
  const paint = stream === 'stdout' ? terminal.paint : terminal.paintError;
  const sign = isAllInLog(summary) ? paint('green', '✓') : paint('yellow', '!');
  const mark = terminal.form === 'pretty' ? `${sign} ` : '';
  const name = summary.adwId === '*' ? 'all' : summary.adwId;
  const [first = '', ...rest] = wrapped(`${name}: ${summaryLine(summary)}`, terminal.width() - 2);
  const bold = first.replace(name, found => paint('bold', found));
  const text = [mark + bold, ...rest.map(line => `  ${line}`)].join('\n');
  if (stream === 'stdout') terminal.print(text);
  else terminal.note(text);
  reportRemarks(terminal.log, name, summary);
}

/** The phase map with its phases checked. @throws AdwStreamError invalid_option */
export function checkedPhases(map: Readonly<Record<string, string>>): Record<string, Phase> {
  const phases: Record<string, Phase> = {};
  for (const [prefix, name] of Object.entries(map)) {
    const phase = PHASES.find(known => known === name);
    if (phase === undefined) {
      throw new AdwStreamError(
        'invalid_option',
        `phaseMap gives "${safeLine(prefix)}" the phase ${JSON.stringify(name)}; a phase is one of ${PHASES.join(', ')}.`,
      );
    }
    phases[prefix] = phase;
  }
  return phases;
}

/** The redaction patterns, each of which compiles. @throws AdwStreamError invalid_option */
export function checkedPatterns(patterns: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, source] of Object.entries(patterns)) {
    try {
      new RegExp(source);
    } catch (error) {
      const message = `redactPatterns: "${safeLine(name)}" is not a regular expression.`;
      throw new AdwStreamError('invalid_option', message, { cause: error });
    }
  }
  return patterns;
}
