import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { assistant, init, result, toolResult } from '../sidecar/parse/feed.ts';
import { Collector } from '../support/otlp/collector.ts';
import { freePort } from '../support/ports.ts';
import { runServe } from '../support/process.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { startHere } from './processes.ts';

const ADW = '1a2b3c4d';
const call = (id: string) => [
  assistant([{ type: 'tool_use', id, name: 'Bash', input: {} }], { id: `msg_${id}`, usage: { output_tokens: 3 } }),
  toolResult(id, 'ok'),
];

test('kill -9 of server and collector in turn while a run goes on: every span is there once, complete, below its parent', async () => {
  const root = temporaryDirectory();
  const role = join(root, 'agents', ADW, 'sdlc_implementor');
  await mkdir(role, { recursive: true });
  const write = async (...lines: object[]) => {
    const text = lines.map(line => `${JSON.stringify(line)}\n`).join('');
    await appendFile(join(role, 'raw_output.jsonl'), text);
  };
  const collector = await new Collector().start();
  const port = await freePort();
  const serve = () =>
    runServe(join(root, 'data'), {
      port,
      args: ['--settle', '1s', '--otlp', collector.url],
      env: { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' },
    });
  let server = await serve();
  onTestFinished(async () => {
    await server.stop('SIGKILL');
    await collector.kill();
  });
  await startHere([
    'watch',
    ADW,
    '--agents-dir',
    join(root, 'agents'),
    '--state-dir',
    join(root, 'state'),
    '--server',
    server.url,
  ]);
  const calls = () => collector.spans().filter(({ name }) => name === 'execute_tool Bash').length;

  await write(init(), ...call('t1'));
  await until('the first call was sent', () => calls() === 1);
  // The collector takes the next spans, and dies before it says so; the server dies before it could ask again.
  collector.answer = ({ path }) => (path.endsWith('/v1/traces') ? 'lose' : undefined);
  await write(...call('t2'));
  await until('the second call was taken', () => calls() === 2);
  await collector.kill();
  await server.stop('SIGKILL');
  await write(...call('t3'));
  server = await serve();
  await until('the third call is in the log', async () => (await eventsAt(server.url)).includes('"t3"'));
  // It answers to the second call, which is sent again, and not to the third: a server that is killed between an answer
  // and its record of it has to send again.
  let answersLeft = 1;
  collector.answer = ({ path }) => (path.endsWith('/v1/traces') && answersLeft-- <= 0 ? 'lose' : undefined);
  await collector.start();
  await until('the third call was sent', () => calls() === 3);
  await server.stop('SIGKILL');
  collector.answer = () => undefined;
  await write(...call('t4'), result());
  server = await serve();
  await until('the run was sent', () => collector.spans().some(({ name }) => name === 'invoke_workflow'));

  const spans = collector.spans();
  const byId = new Map(spans.map(span => [span.spanId, span]));
  expect(byId.size).toBe(spans.length);
  const parents = spans.map(({ name, parentSpanId }) => `${name} < ${byId.get(parentSpanId)?.name ?? parentSpanId}`);
  const agent = 'invoke_agent sdlc_implementor';
  expect(parents.toSorted()).toEqual(
    [
      ...Array.from({ length: 4 }, () => `chat claude-test-1 < ${agent}`),
      ...Array.from({ length: 4 }, () => `execute_tool Bash < ${agent}`),
      `${agent} < phase build`,
      'phase build < invoke_workflow',
      'invoke_workflow < ',
    ].toSorted(),
  );
  expect(spans.filter(({ attributes }) => attributes['adw.incomplete'] === true)).toEqual([]);
  // What was answered to a server that lived on was never sent again, and what was sent again were the very same bytes.
  const bodies = collector.received.map(({ body, isAnswered }) => [body.toString('base64'), isAnswered] as const);
  for (const [body] of bodies) expect(bodies.filter(([other, taken]) => other === body && taken)).toHaveLength(1);
});

async function eventsAt(url: string): Promise<string> {
  return (await fetch(`${url}/api/v1/adws/${ADW}/events?limit=1000`)).text();
}
