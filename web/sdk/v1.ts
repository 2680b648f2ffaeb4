/**
 * What a running server gives at /sdk/v1.js: the client and the elements in one
 * script. `npm run embed` builds v1.js beside this file, which is committed and
 * part of the binary, so that nobody needs Node to run it.
 */

export * from '@belfry/client';
export * from '@belfry/elements';
