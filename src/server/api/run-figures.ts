import { isEnded } from '../../adw/run-state.ts';
import type { AdwSummary, RoleSummary, TokensSummary } from '../../adw/summary-shape.ts';
import type { States } from './states.ts';

/** Labels of one series. */
export type FigureLabels = Readonly<Record<string, string>>;

/** One figure about the runs of the log, with a value for each series of labels. */
export interface RunFigure {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly series: readonly { readonly labels: FigureLabels; readonly value: number }[];
}

const OF_AGENT = ['workflow', 'phase', 'role'] as const;

/** The figures, with what they count and by what. All are of the runs that the log holds: retention lowers them. */
export const RUN_FIGURES = {
  adw_stream_runs: { help: 'Runs in the log, by state.', labels: ['workflow', 'state'] },
  adw_stream_measured_runs: { help: 'Ended runs whose duration is known.', labels: ['workflow'] },
  adw_stream_measured_runs_seconds: { help: 'Duration of those runs together.', labels: ['workflow'] },
  adw_stream_agent_attempts: { help: 'Attempts of roles.', labels: OF_AGENT },
  adw_stream_agent_seconds: { help: 'Duration of the attempts whose duration is known.', labels: OF_AGENT },
  adw_stream_agent_tool_calls: { help: 'Tool calls.', labels: OF_AGENT },
  adw_stream_agent_errors: { help: 'Failed calls, errors in the log, malformed lines.', labels: OF_AGENT },
  adw_stream_agent_cost_usd: { help: 'Cost as far as it is known, US dollars.', labels: OF_AGENT },
  adw_stream_agent_tokens: { help: 'Tokens, by kind.', labels: [...OF_AGENT, 'kind'] },
  adw_stream_model_cost_usd: { help: 'Cost as far as it is known, US dollars.', labels: ['workflow', 'model'] },
  adw_stream_model_tokens: { help: 'Tokens, by kind.', labels: ['workflow', 'model', 'kind'] },
} as const satisfies Record<string, { help: string; labels: readonly string[] }>;

type FigureName = keyof typeof RUN_FIGURES;
type Add = (name: FigureName, labels: FigureLabels, value: number) => void;

/** Values of one label that are kept apart; what comes after them is `other`. Names of phases, roles and models come from outside. */
const VALUES_MAX = 50;
const OTHER = 'other';

/** Adds the runs of the log up, asking for each summary only where the run may have changed since it was last asked for. */
export class RunFigures {
  readonly #states: Pick<States, 'heads' | 'one'>;
  readonly #ended = new Map<string, AdwSummary>();
  readonly #known = new Map<string, Set<string>>();

  constructor(states: Pick<States, 'heads' | 'one'>) {
    this.#states = states;
  }

  /** All figures as they are now. */
  read(): RunFigure[] {
    const sums = new Map<FigureName, Map<string, { labels: FigureLabels; value: number }>>();
    const add: Add = (name, given, value) => {
      const labels = this.#bounded(given);
      const series = sums.get(name) ?? new Map();
      sums.set(name, series);
      const key = JSON.stringify(labels);
      series.set(key, { labels, value: (series.get(key)?.value ?? 0) + value });
    };
    for (const summary of this.#summaries()) addRun(summary, add);
    return (Object.keys(RUN_FIGURES) as FigureName[]).map(name => ({
      name,
      ...RUN_FIGURES[name],
      series: [...(sums.get(name)?.values() ?? [])],
    }));
  }

  *#summaries(): Iterable<AdwSummary> {
    const heads = this.#states.heads();
    const ids = new Set(heads.map(({ adwId }) => adwId));
    for (const adwId of this.#ended.keys()) if (!ids.has(adwId)) this.#ended.delete(adwId);
    for (const { adwId, lastSeq } of heads) {
      const kept = this.#ended.get(adwId);
      const summary = kept?.last_seq === lastSeq ? kept : this.#states.one(adwId);
      if (summary === undefined) continue;
      if (isEnded(summary.status)) this.#ended.set(adwId, summary);
      else this.#ended.delete(adwId);
      yield summary;
    }
  }

  #bounded(labels: FigureLabels): FigureLabels {
    return Object.fromEntries(
      Object.entries(labels).map(([name, value]) => {
        const known = this.#known.get(name) ?? new Set();
        this.#known.set(name, known);
        if (known.size < VALUES_MAX) known.add(value);
        return [name, known.has(value) ? value : OTHER];
      }),
    );
  }
}

function addRun(summary: AdwSummary, add: Add): void {
  const workflow = summary.workflow ?? 'unknown';
  add('adw_stream_runs', { workflow, state: summary.status }, 1);
  if (isEnded(summary.status) && summary.elapsed_ms !== null && !summary.elapsed_estimated) {
    add('adw_stream_measured_runs', { workflow }, 1);
    add('adw_stream_measured_runs_seconds', { workflow }, summary.elapsed_ms / 1_000);
  }
  for (const role of summary.roles) {
    if (role.attempts.length === 0) continue;
    const labels = { workflow, phase: phaseOf(summary, role), role: role.role };
    add('adw_stream_agent_attempts', labels, role.attempts.length);
    add('adw_stream_agent_tool_calls', labels, role.tools);
    add('adw_stream_agent_errors', labels, role.errors);
    if (role.cost_usd !== null) add('adw_stream_agent_cost_usd', labels, role.cost_usd);
    addTokens(role, (kind, value) => add('adw_stream_agent_tokens', { ...labels, kind }, value));
    for (const { duration_ms: ms, duration_estimated: isGuess } of role.attempts) {
      if (ms !== null && !isGuess) add('adw_stream_agent_seconds', labels, ms / 1_000);
    }
  }
  for (const model of summary.models) {
    const labels = { workflow, model: model.model };
    if (model.cost_usd !== null) add('adw_stream_model_cost_usd', labels, model.cost_usd);
    addTokens(model, (kind, value) => add('adw_stream_model_tokens', { ...labels, kind }, value));
  }
}

/** The phase that a role's figures are of: nothing tells apart what one did in several of the run's own. */
function phaseOf({ phases }: AdwSummary, { role, phase }: RoleSummary): string {
  return phases.filter(({ roles }) => roles.includes(role)).length > 1 ? 'several' : (phase ?? 'none');
}

function addTokens(tokens: TokensSummary, add: (kind: string, value: number) => void): void {
  add('input', tokens.input_tokens);
  add('output', tokens.output_tokens);
  add('cache_read', tokens.cache_read_tokens);
  add('cache_write', tokens.cache_write_tokens);
}
