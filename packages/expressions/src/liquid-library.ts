import { createRequire } from 'node:module';

type LiquidLibrary = typeof import('liquidjs');

const require = createRequire(import.meta.url);
let library: LiquidLibrary | undefined;

/**
 * Loaded by the first template. It and the data for languages, which it looks at when it begins, take 10 MB that a
 * process without templates does not need. Not by `import()`, because whoever renders does not wait.
 */
export function liquidLibrary(): LiquidLibrary {
  library ??= require('liquidjs') as LiquidLibrary;
  return library;
}
