import { parentPort } from 'node:worker_threads';
import { createEvaluator, type EvaluationRequest } from './evaluator.ts';
import { ownThread } from './processor-time.ts';

/** The program of an evaluation thread: says which thread it is, then answers one request after the other. */
async function main(): Promise<void> {
  const evaluate = await createEvaluator();
  const answer = async (request: EvaluationRequest): Promise<void> => {
    const startedAtMs = performance.now();
    const found = await evaluate(request);
    parentPort?.postMessage({ ...found, tookMs: performance.now() - startedAtMs });
  };
  parentPort?.on('message', (request: EvaluationRequest) => void answer(request));
  parentPort?.postMessage({ thread: ownThread() });
}

void main();
