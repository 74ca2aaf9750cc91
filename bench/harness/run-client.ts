import { Agent, request } from 'node:http';
import type { Gateway } from './system.ts';

const agent = new Agent({ keepAlive: true });
const POLL_MS = 5;
const RUN_MS_MAX = 600_000;

export interface RunAnswer {
  readonly id: string;
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
}

export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

/** One call of the gateway by the administrator. */
export function call<Body>(gateway: Gateway, method: string, path: string, body?: object): Promise<Answer<Body>> {
  const { port, authorization } = gateway;
  return new Promise((resolve, reject) => {
    const headers = { authorization, ...(body ? { 'content-type': 'application/json' } : {}) };
    const call = request({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, body: (text === '' ? null : JSON.parse(text)) as Body });
      });
    });
    call.on('error', reject);
    call.end(body ? JSON.stringify(body) : undefined);
  });
}

/** Posts a run and resolves when its record says that all devices succeeded; gives the seconds from the POST on. */
export async function runToEnd(
  gateway: Gateway,
  body: object,
  devices: number,
): Promise<{ id: string; seconds: number }> {
  const startMs = performance.now();
  const { status, body: accepted } = await call<RunAnswer>(gateway, 'POST', '/v1/runs', body);
  if (status !== 202) throw new Error(`POST /v1/runs answered ${status}: ${JSON.stringify(accepted)}`);
  for (;;) {
    const { body: run } = await call<RunAnswer>(gateway, 'GET', `/v1/runs/${accepted.id}`);
    const seconds = (performance.now() - startMs) / 1_000;
    if (run.state === 'succeeded' && run.counts['succeeded'] === devices) return { id: accepted.id, seconds };
    const isUnderWay = run.state === 'queued' || run.state === 'running';
    if (!isUnderWay || seconds * 1_000 > RUN_MS_MAX) throw new Error(`the run ended badly: ${JSON.stringify(run)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
