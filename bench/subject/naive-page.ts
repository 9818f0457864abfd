import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a page is that has nothing but `fetch` and a list: all events in one answer, the newest forty drawn, filters over what was parsed. */
const PAGE = `<!doctype html><title>naive</title><ol role="feed" aria-busy="true"></ol><script type="module">
  const text = await (await fetch('/events')).text();
  const events = text.split('\\n').map(line => JSON.parse(line));
  const feed = document.querySelector('[role=feed]');
  for (const { data } of events.slice(-40)) {
    const [row, summary] = [document.createElement('article'), document.createElement('span')];
    summary.className = 'row-summary';
    summary.textContent = data.content ?? data.output ?? data.input.command;
    row.append(summary);
    feed.append(row);
  }
  window.filter = type => events.filter(event => event.type === type).length;
  feed.setAttribute('aria-busy', 'false');
</script>`;

/** A page without a store behind it. */
export interface NaivePage {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves a page of events, NDJSON that lies in memory: what reading, indexing and drawing of any page cost at least. */
export async function serveNaivePage(ndjson: string): Promise<NaivePage> {
  const body = Buffer.from(ndjson);
  const server = createServer(({ url }, response) => {
    const isPage = url === '/';
    response.setHeader('content-type', isPage ? 'text/html; charset=utf-8' : 'application/x-ndjson');
    response.end(isPage ? PAGE : body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
