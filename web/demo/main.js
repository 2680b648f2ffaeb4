// The demo: a client on a line that can be cut, given to the elements of the
// page. backend.js publishes; desk.js, wire.js and roadmap.js show.

import { createClient } from '../sdk/v1.js';
import { credentials, signIn } from './backend.js';
import { startDesk } from './desk.js';
import { LineSocket, lineFetch } from './line.js';
import { address, nameOf, other, server, transport } from './me.js';
import { find, icon } from './page.js';
import { startRoadmap } from './roadmap.js';
import { startSnippets } from './snippets.js';
import { startTheme } from './theme.js';
import { startViews } from './views.js';
import { look, startWire } from './wire.js';

startTheme();
startViews();
find('other').append(`Open as ${nameOf(other)}`, icon('out'));
find('other').setAttribute('href', address({ user: other }));

const client = createClient({
  url: server,
  getToken: () => signIn().then(({ token }) => token),
  transport,
  fetch: lineFetch,
  WebSocket: LineSocket,
});
const provider = /** @type {import('../sdk/v1.js').BelfryProvider} */ (document.querySelector('belfry-provider'));
provider.client = client;
client.connect();
startWire(client);
startRoadmap(client);
startDesk(look);
credentials().then(startSnippets, console.error);
