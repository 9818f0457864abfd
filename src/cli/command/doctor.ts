import type { IdFormat } from '../../adw/id.ts';
import { systemClock } from '../../base/clock.ts';
import { AdwStreamError, ExitCode } from '../../base/errors.ts';
import type { OtherRuns } from '../../sidecar/discover/other-runs.ts';
import type { Context } from '../context.ts';
import { agentFlagFindings } from '../doctor/agent-flags.ts';
import { type Finding, finding, type Verdict } from '../doctor/check.ts';
import { checkFileSystem, checkNode, checkWatchLimits, checkWritable } from '../doctor/machine.ts';
import { checkNats } from '../doctor/nats.ts';
import { checkPort, checkServer } from '../doctor/network.ts';
import { pad } from '../output/cells.ts';
import { safeLine } from '../output/escape.ts';
import { formatPlural } from '../output/format.ts';
import type { Paint, Style } from '../output/style.ts';
import { jetstreamAccess } from '../server.ts';
import { findPlaces, placesInWords } from '../sidecar.ts';

const APPEARANCE: Readonly<Record<Verdict, { readonly mark: string; readonly style: Style }>> = {
  ok: { mark: '✓', style: 'green' },
  warning: { mark: '!', style: 'yellow' },
  problem: { mark: '✗', style: 'red' },
};

/** `adw-stream doctor`: looks for what may stand in the way. Exits with 1 when something will not work as it is. */
export async function run(context: Context): Promise<number> {
  const { settings, terminal } = context;
  const findings = await examine(context);
  if (terminal.form === 'ndjson') for (const found of findings) terminal.printJson(found);
  else if (settings.json) terminal.print(JSON.stringify(findings, null, 2));
  else terminal.print(findings.flatMap(found => findingLines(found, terminal.paint)).join('\n'));
  const problems = findings.filter(({ verdict }) => verdict === 'problem').length;
  const warnings = findings.filter(({ verdict }) => verdict === 'warning').length;
  terminal.note(`${formatPlural(problems, 'problem')}, ${formatPlural(warnings, 'warning')}`);
  return problems > 0 ? ExitCode.internal : ExitCode.done;
}

async function examine(context: Context): Promise<Finding[]> {
  const { settings } = context;
  return (
    await Promise.all([
      checkNode(process.versions.node),
      checkWatchLimits(),
      placesFindings(context),
      checkWritable('data directory', settings.dataDir, '--data-dir'),
      serverFindings(context),
      checkNats(settings.store, jetstreamAccess(settings)),
      agentFlagFindings(),
    ])
  ).flat();
}

/** One after the other: both may be about the same port, and while the first tries it, it would answer the second. */
async function serverFindings({ settings }: Context): Promise<Finding[]> {
  const server = await checkServer(settings.server, settings.token, () => systemClock.now());
  return [await checkPort(settings.host, settings.port), ...server];
}

async function placesFindings(context: Context): Promise<Finding[]> {
  const agents = finding('agents directory');
  try {
    const places = await findPlaces(context);
    const [{ listAdwIds }, { findOtherRuns }] = await Promise.all([
      import('../../sidecar/discover/agents-dir.ts'),
      import('../../sidecar/discover/other-runs.ts'),
    ]);
    const format = context.settings.idFormat;
    const findings = places.found.map(async ({ directory, layout }) => {
      const admitted = await listAdwIds({ agentsDir: directory }, format);
      const named = placesInWords({ ...places, found: [{ directory, layout }] });
      const found = `${named}, ${formatPlural(admitted.length, 'ADW')}`;
      return [
        ...directoryFindings(agents, found, { ...findOtherRuns(directory), format }),
        await checkFileSystem(directory),
      ];
    });
    return [
      ...(await Promise.all(findings)).flat(),
      await checkWritable('state directory', places.stateDir, '--state-dir'),
    ];
  } catch (error) {
    if (!(error instanceof AdwStreamError)) throw error;
    // A server alone needs none.
    return [agents.warning(error.message, error.hint)];
  }
}

/** Names shown of a list. */
const NAMES_MAX = 5;

function named(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_MAX).join(', ');
  return names.length > NAMES_MAX ? `${shown} and ${names.length - NAMES_MAX} more` : shown;
}

/** What lies in the agents directory, and what of it is shown by no command, or is no run. */
function directoryFindings(
  agents: ReturnType<typeof finding>,
  found: string,
  { otherForm, unnameable, noRuns, format }: OtherRuns & { readonly format: IdFormat },
): Finding[] {
  const hidden = format === 'strict' ? otherForm : [];
  return [
    hidden.length > 0
      ? agents.warning(
          `${found}, and ${formatPlural(hidden.length, 'run')} with ids of another form: ${named(hidden)}`,
          'Give --id-format any, or "idFormat": "any" in the config file.',
        )
      : agents.ok(found),
    ...(unnameable.length > 0
      ? [
          agents.warning(
            `runs whose names are no ids: ${named(unnameable)}`,
            'Rename them: letters, digits, _, - and .',
          ),
        ]
      : []),
    ...(noRuns.length > 0 ? [agents.ok(`no runs: ${named(noRuns)}`)] : []),
  ];
}

function findingLines({ check, verdict, message, remedy }: Finding, paint: Paint): string[] {
  const { mark, style } = APPEARANCE[verdict];
  const line = `${paint(style, mark)} ${paint('bold', pad(check, 17))} ${safeLine(message)}`;
  return remedy === undefined ? [line] : [line, `  ${pad('', 17)} ${paint('dim', `→ ${safeLine(remedy)}`)}`];
}
