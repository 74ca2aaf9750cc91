import { mkdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { ConfigError, loadConfig, type Settings } from '@runyard/config';
import type { RunAnswer } from '@runyard/contracts';
import { CliError } from '../cli-error.ts';
import { type CommandContext, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { removeLoginFile, writeLoginFile } from '../login/login-file.ts';
import { durationText } from '../output/time.ts';
import { isGood } from '../watch-run.ts';
import { takeDataFolder } from './data-folder.ts';
import { applyExamples, FIRST_POOL, FIRST_SERVICE, runFirst } from './first-run.ts';
import { rotateLogs } from './log-rotation.ts';
import { loginText } from './login-text.ts';
import { chooseNode } from './node-binary.ts';
import { readSecrets } from './secrets.ts';
import { Stack } from './stack.ts';
import {
  devicesListen,
  failedStart,
  type Gateway,
  startDevices,
  startGateway,
  startWorkers,
  gatewayPlace,
  workersAreListed,
} from './start-processes.ts';
import { type RedisPart, startRedis } from './start-redis.ts';
import { createSteps } from './steps.ts';
import { watchSignals } from './stop-signals.ts';
import type { SupervisedProcess } from './supervised-process.ts';
import { UP_CLUSTERS, UP_DEVICES, type UpOptions, type UpPlan } from './up-plan.ts';

/**
 * Starts everything on this machine and keeps it running until Ctrl-C; with `once` until the first run has ended.
 * What was accepted is in Redis and goes on at the next start in the same data folder.
 */
export async function up(context: CommandContext, options: UpOptions): Promise<number> {
  const settings = readSettings(context);
  const data = takeDataFolder(context.projectRoot, options.data && resolve(context.cwd, options.data));
  const signals = watchSignals();
  const stack = new Stack();
  signals.onSecond(() => stack.kill());
  try {
    const plan = await makePlan(context, options, settings, data);
    return await runSystem(plan, stack, signals.signal);
  } catch (error) {
    if (signals.signal.aborted && error === signals.signal.reason) return EXIT.done;
    throw error;
  } finally {
    const isAsked = signals.signal.aborted;
    await stopSystem(stack, (line) => isAsked && say(context, options, line));
    removeLoginFile(data.path);
    data.lock.release();
    signals.dispose();
  }
}

async function makePlan(
  context: CommandContext,
  options: UpOptions,
  settings: Settings,
  data: UpPlan['data'],
): Promise<UpPlan> {
  mkdirSync(join(data.path, 'logs'), { recursive: true, mode: 0o700 });
  const print = (line: string): void => say(context, options, line);
  return {
    context,
    options,
    settings,
    data,
    env: context.env,
    projectRoot: context.projectRoot,
    secrets: readSecrets(settings, data.path),
    node: await chooseNode(context.projectRoot),
    steps: createSteps(print),
    print,
    report: (lines) => lines.forEach((line) => print(`  ${line}`)),
  };
}

/** The story goes to `out`; with --json only one document does, and the story goes to `err`. */
function say({ terminal }: CommandContext, { json }: UpOptions, line: string): void {
  if (json) terminal.err(line);
  else terminal.out(line);
}

function readSettings({ env }: CommandContext): Settings {
  try {
    return loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(error.message);
    throw error;
  }
}

async function runSystem(plan: UpPlan, stack: Stack, signal: AbortSignal): Promise<number> {
  const { steps, options, data } = plan;
  const startedMs = Date.now();
  plan.print(`Runyard starts. What it keeps is in ${shortPath(plan, data.path)}`);
  const redis = await steps.run(
    () => startRedis(plan),
    ({ text }) => text,
  );
  plan.report(redis.warnings);
  stack.add({ stop: () => redis.stop(), kill: () => {} });
  signal.throwIfAborted();

  // All at once: each waits for what it needs.
  const launchedMs = Date.now();
  const devices = options.devices ? startDevices(plan, stack) : undefined;
  const place = await gatewayPlace(plan);
  const atOnce = startWorkers(plan, redis.url, place.url, stack);
  const gateway = await steps.run(
    () => startGateway(plan, redis.url, place.port, stack, signal),
    (started) => gatewayText(plan, started),
    launchedMs,
  );
  // The gateway may have lost its port while it started; workers must know the address by which it is called.
  const isMoved = gateway.url !== place.url;
  if (isMoved) await Promise.all(atOnce.map((worker) => worker.stop()));
  const workers = isMoved ? startWorkers(plan, redis.url, gateway.url, stack) : atOnce;
  await steps.run(
    () => workersAreListed(workers, gateway.client, signal),
    () => `Workers of the clusters ${UP_CLUSTERS.join(' and ')}`,
    launchedMs,
  );
  writeLoginFile(data.path, {
    url: gateway.url,
    username: 'admin',
    password: plan.secrets.adminPassword,
    redisUrl: redis.url,
  });
  const processes = [gateway.process, ...workers, ...(devices ? [devices] : [])];
  const failed = firstFailure(processes, redis);
  failed.catch(() => {});
  const work = devices ? firstRun(plan, gateway, devices, signal, launchedMs) : Promise.resolve(undefined);
  const run = await Promise.race([work, failed]);
  const system = { gateway, redis, processes, run };
  if (!options.once) return keepRunning(plan, system, signal, startedMs);
  printOutcome(plan, system);
  return !run || isGood(run) ? EXIT.done : EXIT.failed;
}

/** What has been started, and the first run. */
interface System {
  readonly gateway: Gateway;
  readonly redis: RedisPart;
  readonly processes: readonly SupervisedProcess[];
  readonly run: RunAnswer | undefined;
}

async function keepRunning(plan: UpPlan, system: System, signal: AbortSignal, startedMs: number): Promise<number> {
  const { gateway, redis, processes } = system;
  for (const process of processes) process.keepRunning();
  redis.onDeath(() => void restartRedis(plan, redis));
  const stopRotating = rotateLogs(processes.map(({ name }) => join(plan.data.path, 'logs', `${name}.log`)));
  printFooter(plan, gateway, startedMs);
  printOutcome(plan, system);
  await aborted(signal);
  stopRotating();
  return EXIT.done;
}

async function firstRun(
  plan: UpPlan,
  gateway: Gateway,
  devices: SupervisedProcess,
  signal: AbortSignal,
  launchedMs: number,
): Promise<RunAnswer> {
  await plan.steps.run(
    () => devicesListen(plan, devices, signal),
    () => `${UP_DEVICES} simulated devices`,
    launchedMs,
  );
  await plan.steps.run(
    () => applyExamples(plan, gateway.client),
    ({ added, changed, unchanged }) =>
      `Catalog of examples: ${added.length + changed.length + unchanged} items, ${added.length} of them new`,
  );
  plan.print('');
  return runFirst(plan, gateway.client, signal);
}

/** Rejects when a process dies; from `keepRunning` on it stays pending, because they are started again. */
async function firstFailure(processes: readonly SupervisedProcess[], redis: RedisPart): Promise<never> {
  const redisDied = new Promise<never>((_resolve, reject) => {
    redis.onDeath(() => reject(new CliError('Redis ended unexpectedly.', EXIT.failed)));
  });
  redisDied.catch(() => {});
  const died = Promise.race(
    processes.map(async (process) => {
      throw failedStart(process.name, await process.failed);
    }),
  );
  died.catch(() => {});
  return Promise.race([died, redisDied]);
}

async function restartRedis(plan: UpPlan, redis: RedisPart): Promise<void> {
  plan.report(['Redis ended unexpectedly; it is started again.']);
  try {
    await redis.restart();
  } catch (error) {
    plan.report([`Redis does not start: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

function gatewayText({ node }: UpPlan, { url, port, wantedPort }: Gateway): string {
  const moved = port === wantedPort ? '' : ` (port ${wantedPort} is taken)`;
  const version = node.isBundled ? `, Node ${node.version} of node_modules` : '';
  return `Gateway on ${url}${moved}${version}`;
}

function printFooter(plan: UpPlan, { url }: Gateway, startedMs: number): void {
  const { secrets, data, print } = plan;
  const { words, curl } = loginText(secrets, shortPath(plan, secrets.passwordFile ?? ''));
  print('');
  print(`Runyard is up after ${durationText(Date.now() - startedMs)}: ${url}, ${words}`);
  if (plan.options.devices) {
    print('Try:');
    print(`  curl -u ${curl} -H 'content-type: application/json' -H 'prefer: wait=20' \\`);
    print(`    -d '{"service": "${FIRST_SERVICE}", "pools": ["${FIRST_POOL}"]}' ${url}/v1/runs`);
    print(`  npx runyard run ${FIRST_SERVICE} --pool ${FIRST_POOL} --wait`);
  }
  print(`Logs are in ${shortPath(plan, join(data.path, 'logs'))}`);
  print('Ctrl-C stops everything; accepted runs go on at the next start.');
}

/** The path as one types it in the folder of the project. */
function shortPath({ projectRoot }: UpPlan, path: string): string {
  const short = relative(projectRoot, path);
  return short.startsWith('..') ? path : short;
}

function printOutcome(plan: UpPlan, { gateway, redis, processes, run }: System): void {
  if (!plan.options.json) return;
  printJson(plan.context, {
    url: gateway.url,
    username: 'admin',
    password: plan.secrets.isNewPassword ? plan.secrets.adminPassword : null,
    passwordFile: plan.secrets.passwordFile,
    redisUrl: redis.url,
    data: plan.data.path,
    node: plan.node,
    pids: Object.fromEntries(processes.map(({ name, pid }) => [name, pid])),
    run: run ?? null,
  });
}

async function stopSystem(stack: Stack, print: (line: string) => void): Promise<void> {
  if (stack.isEmpty) return;
  print('');
  print('Stopping: what is at hand gets 20 s to end; Ctrl-C again ends it at once.');
  const startedMs = Date.now();
  await stack.stop();
  print(`Stopped in ${durationText(Date.now() - startedMs)}.`);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
