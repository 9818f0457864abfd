// Listens with the built client in a process of its own, so that a test can suspend it: `listen.mjs <server url>`.
// Prints the seq of each event it gets, one a line, and `!` with what a person would be told of.
import { WebSocket } from 'ws';
import { connect } from '../../dist/client/index.js';

const [, , url] = process.argv;
const client = connect(url, {
  WebSocket,
  backoff: { baseMs: 50, maxMs: 500 },
  pingMs: 300,
  answerMsMax: 3_000,
  heartbeatMs: 1_500,
});
const say = text => process.stdout.write(text);
client.on('events', events => say(events.map(({ seq }) => `${seq}\n`).join('')));
client.on('gap', gap => say(`! gap ${JSON.stringify(gap)}\n`));
client.on('resync', resync => say(`! resync ${JSON.stringify(resync)}\n`));
client.subscribe('*', { after: 0 });
