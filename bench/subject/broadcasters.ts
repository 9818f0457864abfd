import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../benchmark.ts';
import { type Child, CORE, startChild } from '../child.ts';
import { poster } from '../load.ts';
import { serve } from './adw-stream.ts';
import { isInstalled } from './installed.ts';
import { freePort } from './ports.ts';
import type { Broadcaster, Publisher } from './publish.ts';
import { programPath } from './sink.ts';

const ALL = '*';
const NCHAN = '/usr/lib/nginx/modules/ngx_nchan_module.so';

/**
 * Every broadcaster that can be run here, ready to be started; in short ours alone, of which it is asked whether all arrives.
 * @param batched whether the subscribers of ours take several events in a frame: one of ours for each
 */
export function broadcasters(
  { size, scratch, skip }: Context,
  batched: readonly boolean[] = [true, false],
): (() => Promise<Broadcaster>)[] {
  const ours = batched.map(batch => () => adwStreamServer(scratch, { batch }));
  if (size === 'short') return ours;
  if (isInstalled('nginx') && existsSync(NCHAN)) return [() => nchan(scratch), ...ours, naiveServer];
  skip('nginx with Nchan is not installed: apt-get install nginx libnginx-mod-nchan');
  return [...ours, naiveServer];
}

/** Our server, with its durable log. @param batch whether its subscribers take several events in a frame */
async function adwStreamServer(directory: string, { batch }: { batch: boolean }): Promise<Broadcaster> {
  const server = await serve(join(directory, `log-${Math.random().toString(36).slice(2)}`));
  const subscribe = (adw_id: string) => JSON.stringify({ type: 'subscribe', adw_id, ...(batch ? { batch } : {}) });
  return {
    ...accounts(server),
    subject: batch ? 'adw-stream, batches' : 'adw-stream, single frames',
    port: server.port,
    subscription: adws => ({ path: '/ws', hello: (adws ?? [ALL]).map(subscribe), opcode: 1 }),
    async connect() {
      const { post, close } = await poster({ port: server.port, path: '/api/v1/events' });
      return { close, publish: async events => void (await post(`${events.join('\n')}\n`)) };
    },
  };
}

/** nginx with Nchan: C, keeps messages in memory. One message a POST. */
async function nchan(directory: string): Promise<Broadcaster> {
  const root = join(directory, 'nginx');
  mkdirSync(join(root, 'tmp'), { recursive: true });
  const port = await freePort();
  const file = join(root, 'nginx.conf');
  writeFileSync(file, nchanConfiguration(root, port));
  const child = startChild(['nginx', '-p', root, '-c', file, '-e', join(root, 'error')], { core: CORE.subject });
  await listening(port);
  return {
    ...accounts(child),
    subject: 'nginx with Nchan',
    port,
    subscription: () => ({ path: '/sub/bench', hello: [], opcode: 1 }),
    connect: () => onePerPost({ port, path: '/pub/bench', type: 'application/json' }),
  };
}

/** The server one would write first: `ws`, each event parsed once and sent to every client; keeps nothing. */
async function naiveServer(): Promise<Broadcaster> {
  const child = startChild([process.execPath, programPath('naive-broadcast')], { core: CORE.subject });
  const [, port] = await child.says(/:(\d+)/);
  return {
    ...accounts(child),
    subject: 'naive Node (ws)',
    port: Number(port),
    subscription: () => ({ path: '/ws', hello: [], opcode: 1 }),
    connect: () => onePerPost({ port: Number(port), path: '/events', type: 'application/json' }),
  };
}

async function onePerPost(target: { port: number; path: string; type: string }): Promise<Publisher> {
  const { post, close } = await poster(target);
  return {
    close,
    async publish(events) {
      for (const event of events) await post(event);
    },
  };
}

function accounts(child: Child): Pick<Broadcaster, 'cpuSeconds' | 'memoryMB' | 'stop'> {
  return { cpuSeconds: child.cpuSeconds, memoryMB: child.memoryMB, stop: child.stop };
}

function nchanConfiguration(root: string, port: number): string {
  return `daemon off;
master_process off;
worker_rlimit_nofile 40000;
load_module ${NCHAN};
pid ${join(root, 'pid')};
error_log ${join(root, 'error')} crit;
events { worker_connections 20000; }
http {
  access_log off;
  client_body_temp_path ${join(root, 'tmp')};
  keepalive_requests 1000000000;
  client_body_buffer_size 64k;
  nchan_shared_memory_size 512M;
  server {
    listen 127.0.0.1:${port};
    location ~ ^/pub/(.+)$ {
      nchan_publisher http;
      nchan_channel_id $1;
      nchan_message_buffer_length 8000;
      nchan_message_timeout 1h;
    }
    location ~ ^/sub/(.+)$ {
      nchan_subscriber websocket;
      nchan_channel_id $1;
      nchan_subscriber_first_message newest;
      nchan_websocket_ping_interval 0;
    }
  }
}
`;
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      (await poster({ port, path: '/' })).close();
      return;
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }
}
