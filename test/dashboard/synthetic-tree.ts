import { randomNumbers } from '../support/random.ts';

/** A random tree, and what is in it, counted while it is made. */

/** What a made tree says. */
export interface Said {
  tools: number;
  failed: number;
  /** Calls without a result. */
  unanswered: number;
  /** Calls of sub-agents. */
  nested: number;
  malformed: number;
  tokens: number;
  cost: number;
}

/** Roles with several sessions in a file, calls that fail, that are never answered or are a sub-agent's, and broken lines. */
export function makeTree(nth: number): { files: Record<string, string>; said: Said } {
  const next = randomNumbers(nth);
  const random = (below: number) => Math.floor(next() * below);
  const said: Said = { tools: 0, failed: 0, unanswered: 0, nested: 0, malformed: 0, tokens: 0, cost: 0 };
  const files: Record<string, string> = {};
  for (const role of ['sdlc_planner', 'sdlc_implementor', 'test_runner', 'reviewer']) {
    const lines: string[] = [];
    const sessions = 1 + random(3);
    for (let i = 0; i < sessions; i++) lines.push(...sessionLines(`${role}-${i}`, { random, said }));
    files[`${role}/raw_output.jsonl`] = `${lines.join('\n')}\n`;
  }
  said.cost = Math.round(said.cost * 1e6) / 1e6;
  return { files, said };
}

type Random = (below: number) => number;

function sessionLines(session: string, { random, said }: { random: Random; said: Said }): string[] {
  const lines: string[] = [];
  const put = (line: object) => lines.push(JSON.stringify({ session_id: session, parent_tool_use_id: null, ...line }));
  put({ type: 'system', subtype: 'init', cwd: '/home/dev', tools: ['Bash', 'Task'], mcp_servers: [], model: 'opus' });
  let agent: string | null = null;
  const calls = 4 + random(12);
  for (let i = 0; i < calls; i++) {
    const id = `toolu_${session}_${i}`;
    const isAgent = agent === null && random(5) === 0;
    const name = isAgent ? 'Task' : 'Bash';
    const input = isAgent ? { description: 'look', subagent_type: 'Explore', prompt: 'x' } : { command: `step ${i}` };
    put({
      type: 'assistant',
      parent_tool_use_id: agent,
      message: message(`${id}-m`, { type: 'tool_use', id, name, input }),
    });
    said.tools++;
    if (agent !== null) said.nested++;
    if (isAgent) agent = id;
    const isFailed = random(4) === 0;
    if (isFailed) said.failed++;
    if (!isFailed && random(6) === 0) said.unanswered++;
    else put({ type: 'user', parent_tool_use_id: isAgent ? null : agent, message: answer(id, isFailed) });
    if (random(9) === 0) {
      lines.push(`{"type":"assistant", broken ${i}`);
      said.malformed++;
    }
  }
  const usage = {
    input_tokens: random(500),
    output_tokens: random(5_000),
    cache_read_input_tokens: random(90_000),
    cache_creation_input_tokens: random(9_000),
  };
  const cost = (1 + random(200)) / 100;
  said.tokens += Object.values(usage).reduce((sum, count) => sum + count, 0);
  said.cost += cost;
  const common = { duration_ms: 1000, duration_api_ms: 900, num_turns: calls, result: 'done' };
  put({ type: 'result', subtype: 'success', is_error: false, total_cost_usd: cost, usage, ...common });
  return lines;
}

const message = (id: string, block: object) => ({
  id,
  type: 'message',
  role: 'assistant',
  model: 'opus',
  content: [block],
  usage: { input_tokens: 1, output_tokens: 1 },
});

const answer = (id: string, isFailed: boolean) => ({
  role: 'user',
  content: [{ type: 'tool_result', tool_use_id: id, content: isFailed ? 'Exit code 1' : 'fine', is_error: isFailed }],
});
