// Run by Node and by Deno as it is, with nothing around it (runtimes.e2e.ts): connects, waits for an
// item, marks everything read and goes, which ends the program.

import process from 'node:process';
import { createClient } from '../dist/index.js';

const [url, token] = process.argv.slice(2);
const client = createClient({ url, token });
let marked = false;
client.on('error', (error) => console.error(error));
client.inbox.subscribe(async ({ items, counts }) => {
  if (!items.length || marked) return;
  marked = true;
  const { transport } = client.connection;
  const { changed } = await client.inbox.markAllRead();
  console.log(JSON.stringify({ transport, titles: items.map((i) => i.title), before: counts.unread, changed, after: client.inbox.counts.unread }));
  client.disconnect();
});
client.connect();
