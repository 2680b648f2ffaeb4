// What a test page runs: the elements, a way to make a client by hand, and one to look at it frame by frame.

import { createClient, type Options } from '@belfry/client';
import '../src/index.js';
import { watch } from './watch.js';

Object.assign(globalThis, {
  createClient,
  /** Gives the page's provider a client that is watched, and connects it. */
  watch(options: Options) {
    const client = createClient(options);
    const provider = document.querySelector('belfry-provider')!;
    const seen = watch(client);
    provider.client = client;
    client.connect();
    Object.assign(globalThis, { client, seen });
  },
});
