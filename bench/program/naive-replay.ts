import { createReadStream, readdirSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What one would write first: each file by readline, 500 lines a POST, one after the other. `naive-replay <dir> <url>` */
const [directory = '', url = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let waiting: string[] = [];

function post(body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sending = request(`${url}/lines`, { method: 'POST', agent }, answer => answer.resume().on('end', resolve));
    sending.on('error', reject).end(body);
  });
}

async function flush(): Promise<void> {
  if (waiting.length > 0) await post(waiting.join('\n'));
  waiting = [];
}

for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.jsonl')) continue;
  for await (const line of createInterface({ input: createReadStream(join(directory, name)) })) {
    waiting.push(line);
    if (waiting.length === 500) await flush();
  }
}
await flush();
agent.destroy();
