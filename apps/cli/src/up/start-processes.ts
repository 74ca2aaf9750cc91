import { existsSync, readFileSync, rmSync } from 'node:fs';
import { ClientError, type RunyardClient } from '@runyard/client';
import { CliError } from '../cli-error.ts';
import { clientFor } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import type { Exit, ProcessSpec } from './child-process.ts';
import { freePort } from './free-port.ts';
import { forgetSimulatedKeys } from './known-hosts.ts';
import { devicesFile, devicesSpec, gatewaySpec, ownKnownHostsFile, workerSpecs } from './process-specs.ts';
import { type Stack, startGroup } from './stack.ts';
import { exitText, SupervisedProcess } from './supervised-process.ts';
import type { UpPlan } from './up-plan.ts';
import { waitUntil } from './wait-until.ts';

const READY_MS_MAX = 60_000;
const PORT_TRIES_MAX = 5;

export interface Gateway {
  readonly process: SupervisedProcess;
  readonly client: RunyardClient;
  readonly url: string;
  readonly port: number;
  /** The port that was asked for. */
  readonly wantedPort: number;
}

/** The wanted port of the gateway or the next free one, and the address that it makes. */
export async function gatewayPlace(plan: UpPlan): Promise<{ readonly port: number; readonly url: string }> {
  const port = await freePort(wantedPortOf(plan), plan.settings.host);
  return { port, url: urlAt(plan, port) };
}

/** Starts the gateway on the port or the next free one, and resolves when it answers. */
export async function startGateway(
  plan: UpPlan,
  redisUrl: string,
  firstPort: number,
  stack: Stack,
  signal: AbortSignal,
): Promise<Gateway> {
  const { host } = plan.settings;
  const wantedPort = wantedPortOf(plan);
  let from = firstPort;
  for (let tries = 1; ; tries += 1) {
    const port = await freePort(from, host);
    const process = supervise(plan, gatewaySpec(plan, redisUrl, port));
    startGroup(stack, [process]);
    const url = urlAt(plan, port);
    const login = { username: 'admin', password: plan.secrets.adminPassword };
    const client = clientFor(url, login, plan.context.fetch);
    const failure = await isUp(process, answersAsOurs(client), 'the gateway', signal);
    if (!failure) return { process, client, url, port, wantedPort };
    // Somebody may have taken the port between our look and the gateway's start.
    const isPortTaken = failure.lastWords.some((line) => line.includes('EADDRINUSE'));
    if (!isPortTaken || tries >= PORT_TRIES_MAX) throw failedStart(process.name, failure);
    from = port + 1;
  }
}

/**
 * True when the gateway on the port lets us in with our password. Another one may have taken the port meanwhile; then
 * our process is about to end, and asking again and again would only lock its user out there.
 */
function answersAsOurs(client: RunyardClient): () => Promise<boolean> {
  let isForeign = false;
  return async () => {
    if (isForeign || !(await client.isReady())) return false;
    try {
      await client.me();
      return true;
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      isForeign = error.status === 401;
      return false;
    }
  };
}

/** Starts a worker for each cluster; they are there when the gateway lists them. */
export function startWorkers(plan: UpPlan, redisUrl: string, gatewayUrl: string, stack: Stack): SupervisedProcess[] {
  const workers = workerSpecs(plan, redisUrl, gatewayUrl).map((spec) => supervise(plan, spec));
  startGroup(stack, workers);
  return workers;
}

export async function workersAreListed(
  workers: readonly SupervisedProcess[],
  client: RunyardClient,
  signal: AbortSignal,
): Promise<void> {
  const areListed = async (): Promise<boolean> => {
    const pids = new Set((await client.workers.list()).map(({ pid }) => pid));
    return workers.every(({ pid }) => pids.has(pid));
  };
  await allUp(workers, areListed, 'the workers', signal);
}

/** Starts the simulated devices; they listen when their catalog file is there. */
export function startDevices(plan: UpPlan, stack: Stack): SupervisedProcess {
  rmSync(devicesFile(plan), { force: true });
  forgetSimulatedKeys(ownKnownHostsFile(plan));
  const devices = supervise(plan, devicesSpec(plan));
  startGroup(stack, [devices]);
  return devices;
}

export async function devicesListen(plan: UpPlan, devices: SupervisedProcess, signal: AbortSignal): Promise<void> {
  await allUp([devices], () => isComplete(devicesFile(plan)), 'the simulated devices', signal);
}

/** The pools are its last section. */
function isComplete(file: string): boolean {
  if (!existsSync(file)) return false;
  const text = readFileSync(file, 'utf8');
  return text.includes('\npools:') && text.endsWith('\n');
}

function supervise(plan: UpPlan, spec: ProcessSpec): SupervisedProcess {
  const script = spec.args.find((arg) => /main\.[jt]s$/.test(arg));
  if (script !== undefined && !existsSync(script)) {
    throw new CliError(`${script} is missing.`, EXIT.refused, ['Build it with npm run build.']);
  }
  return new SupervisedProcess(spec, { report: plan.report });
}

async function allUp(
  processes: readonly SupervisedProcess[],
  condition: () => boolean | Promise<boolean>,
  what: string,
  signal: AbortSignal,
): Promise<void> {
  const died = Promise.race(processes.map(async (process) => ({ process, exit: await process.failed })));
  const up = waitUntil(what, condition, { timeoutMs: READY_MS_MAX, signal });
  const failure = await Promise.race([up.then(() => undefined), died]);
  if (failure) {
    up.catch(() => {});
    throw failedStart(failure.process.name, failure.exit);
  }
}

/** How the process ended before it was up; undefined when it is up. */
async function isUp(
  process: SupervisedProcess,
  condition: () => Promise<boolean>,
  what: string,
  signal: AbortSignal,
): Promise<Exit | undefined> {
  const up = waitUntil(what, condition, { timeoutMs: READY_MS_MAX, signal }).then(() => undefined);
  const exit = await Promise.race([up, process.failed]);
  if (exit) up.catch(() => {});
  return exit;
}

export function failedStart(name: string, exit: Exit): CliError {
  return new CliError(
    `${name} ${exitText(exit)}.`,
    EXIT.failed,
    exit.lastWords.map((line) => `| ${line}`),
  );
}

function wantedPortOf({ options, settings }: UpPlan): number {
  return options.port ?? settings.port;
}

function urlAt({ settings }: UpPlan, port: number): string {
  return `http://${reachableHost(settings.host)}:${port}`;
}

/** Where we reach a gateway that listens on every network. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
