import { isIPv6 } from 'node:net';
import { deviceError, isAppError } from '@runyard/domain';
import { type Environment, processEnvironment } from '../process/environment.ts';
import { runProcess } from '../process/run-process.ts';
import { abortError } from '../process/abort-error.ts';
import { parsePingSummary, type PingSummary } from './ping-summary.ts';
import type { Probes } from './probes.ts';

const OUTPUT_BYTES_MAX = 64 * 1024;
const GRACE_MS = 500;

export interface PingProgram {
  readonly inherited: Environment;
  readonly platform: NodeJS.Platform;
}

/** Sends echo requests by the ping program of the system, which has the rights that it takes. */
export async function icmpPing(address: string, probes: Probes, program: PingProgram): Promise<PingSummary> {
  const result = await runPing(address, probes, program);
  if (result.aborted) throw abortError(probes.signal);
  const summary = parsePingSummary(result.stdout);
  if (summary) return summary;
  const reason = result.stderr.trim().split('\n').at(-1) ?? '';
  if (/not permitted|permission denied|lacking privilege/i.test(reason)) {
    throw deviceError('PROCESS_NOT_STARTED', `ping may not send: ${reason}. Give it cap_net_raw, or use method tcp`);
  }
  throw deviceError('DEVICE_UNREACHABLE', reason || `ping ended with code ${result.exitCode}`);
}

async function runPing(address: string, probes: Probes, { inherited, platform }: PingProgram) {
  const file = platform === 'darwin' && isIPv6(address) ? 'ping6' : 'ping';
  try {
    return await runProcess({
      file,
      args: [...pingArguments(probes, file, platform), '--', address],
      env: processEnvironment({ inherited, given: { LC_ALL: 'C' } }),
      cwd: '/',
      signal: probes.signal,
      graceMs: GRACE_MS,
      stdoutBytesMax: OUTPUT_BYTES_MAX,
      stderrBytesMax: OUTPUT_BYTES_MAX,
    });
  } catch (error) {
    if (!isAppError(error) || error.code !== 'PROCESS_NOT_STARTED') throw error;
    const advice = 'install it (Debian and Ubuntu: iputils-ping, Fedora: iputils), or use method tcp';
    throw deviceError('PROCESS_NOT_STARTED', `${error.message}; ${advice}`, error);
  }
}

function pingArguments({ count, intervalMs, timeoutMs }: Probes, file: string, platform: NodeJS.Platform): string[] {
  const args = ['-n', '-c', String(count), '-i', String(intervalMs / 1000)];
  // ping6 of macOS has no such option; the ping there counts milliseconds, all others whole seconds.
  if (file === 'ping6') return args;
  return [...args, '-W', String(platform === 'darwin' ? timeoutMs : Math.ceil(timeoutMs / 1000))];
}
