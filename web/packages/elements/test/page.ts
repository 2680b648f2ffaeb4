// What a test page runs: the elements, and a way to make a client by hand.

import { createClient } from '@belfry/client';
import '../src/index.js';

Object.assign(globalThis, { createClient, violations: [] as string[] });
document.addEventListener('securitypolicyviolation', (e) => {
  (globalThis as unknown as { violations: string[] }).violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`);
});
