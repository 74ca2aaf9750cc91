import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

const OPTIONS: WorkerOptions = {
  // Nothing of the process: its environment has secrets, and its arguments are not for threads.
  env: {},
  argv: [],
  execArgv: [],
  resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 },
};

/** A thread with the program of `evaluator-main`. It keeps no process alive until somebody says so. */
export function startThread(): Worker {
  const worker = import.meta.url.endsWith('.ts')
    ? fromSource()
    : new Worker(new URL('./evaluator-main.js', import.meta.url), OPTIONS);
  worker.unref();
  return worker;
}

/** In tests and in development there is nothing built, and a thread does not inherit what reads TypeScript. */
function fromSource(): Worker {
  const reader = createRequire(import.meta.url).resolve('tsx/cjs/api');
  const program = fileURLToPath(new URL('./evaluator-main.ts', import.meta.url));
  const code = `require(${JSON.stringify(reader)}).register(); require(${JSON.stringify(program)});`;
  return new Worker(code, { ...OPTIONS, eval: true });
}
