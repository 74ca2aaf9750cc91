// The health check of the container: 0 when the process in it answers, 1 when not.
import { env } from 'node:process';

const { RUNYARD_HEALTH_PORT: workerPort, RUNYARD_PORT: gatewayPort = '3000' } = env;
// The gateway stays healthy while Redis is away: a restart would not bring it back. /readyz tells the difference.
const url = `http://127.0.0.1:${workerPort || gatewayPort}/healthz`;

try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  process.exitCode = answer.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
