import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { lineCheck } from '../data/line-check.ts';

/**
 * A server that stores nothing: it counts and checks what arrives. It speaks just enough of adw-stream's protocol for a
 * sidecar, and takes plain lines at /lines from the programs that we compare with.
 *
 * Lines that hold `"sent":"<ns>"` (monotonic clock) are timed. GET /report answers {@link SinkReport}.
 */
export interface SinkReport {
  readonly lines: number;
  readonly bytes: number;
  readonly requests: number;
  readonly faults: readonly string[];
  /** ms from append to arrival, of the lines that say when they were appended. */
  readonly latencies: readonly number[];
  /** Monotonic clock at the last arrival, ms. */
  readonly lastAt: number;
}

const check = lineCheck();
/** Lines that travel beside their chunk, by their path. */
const artifacts = new Map<string, string>();
let latencies: number[] = [];
let bytes = 0;
let requests = 0;
let lastAt = 0;

const SENT = /"sent":"(\d+)"/;
const CHUNK = '{"type":"agent_output_chunk"';
const REFERENCE = '{"type":"adw_stream.line"';

function takeLine(line: string, now: number): void {
  const whole = line.startsWith(REFERENCE) ? artifacts.get(JSON.parse(line).artifact) : line;
  check.take(whole ?? 'a reference to nothing');
  bytes += Buffer.byteLength(whole ?? '') + 1;
  const sent = SENT.exec(line.slice(0, 64));
  if (sent) latencies.push(now - Number(sent[1]) / 1e6);
}

/** Only chunks are parsed: they hold the raw lines, and the sink must not be what limits the rate. */
function takeEvents(body: string, now: number): number {
  let events = 0;
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf('\n', at);
    if (body.startsWith(CHUNK, at)) {
      const { content } = JSON.parse(body.slice(at, end)).data;
      for (const line of content.split('\n')) takeLine(line, now);
    }
    events += 1;
    at = end + 1;
  }
  return events;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

async function answer(request: IncomingMessage): Promise<unknown> {
  const { method, url = '' } = request;
  if (url === '/report') {
    const { lines, faults } = check;
    const report: SinkReport = { lines, bytes, requests, faults, latencies, lastAt };
    latencies = [];
    return report;
  }
  if (url === '/health') return { status: 'healthy', adw_stream: { api: 'v1', epoch: 'bench', version: '0' } };
  if (url.endsWith('/positions')) return { epoch: 'bench', files: [] };
  if (method === 'GET') return { status: 'running' };
  const body = (await bodyOf(request)).toString();
  const now = Number(process.hrtime.bigint()) / 1e6;
  lastAt = now;
  requests += 1;
  if (method === 'PUT') {
    artifacts.set(url.slice(url.indexOf('/artifacts/') + '/artifacts/'.length), body);
    return {};
  }
  if (url === '/lines') {
    for (const line of body.split('\n')) if (line !== '') takeLine(line, now);
    return {};
  }
  const accepted = takeEvents(body, now);
  return { accepted, duplicates: 0, rejected: [], last_seq: requests, positions: [] };
}

const server = createServer((request, response) => {
  void answer(request).then(body => {
    const text = JSON.stringify(body);
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
      .end(text);
  });
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
