import { type NewRun, type RunyardClient } from '@runyard/client';
import type { AcceptedAnswer, DeviceOutputAnswer, DeviceRowAnswer, RunAnswer } from '@runyard/contracts';
import { type Priority, ROLLOUT_DEFAULTS } from '@runyard/domain';
import { withApprovalNotices } from '../approval-notices.ts';
import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { firstLine, printable } from '../output/printable.ts';
import { stateText } from '../output/state.ts';
import { rowLine } from '../output/table.ts';
import { durationText } from '../output/time.ts';
import { readParams } from '../params.ts';
import { deviceText, watchRun } from '../watch-run.ts';
import { watchSignals } from '../up/stop-signals.ts';
import { devicesText, runTime } from './runs.ts';
import { resultText } from './show.ts';

export interface RunOptions extends GlobalOptions {
  readonly device?: readonly string[];
  readonly pool?: readonly string[];
  readonly param?: readonly string[];
  readonly params?: string;
  readonly label?: readonly string[];
  readonly check?: boolean;
  readonly canary?: number | string;
  readonly batches?: number | string;
  readonly maxFailures?: number | string;
  readonly soak?: string;
  readonly onBreach?: 'stop' | 'pause';
  readonly priority?: Priority;
  readonly lock?: string;
  readonly queueTtl?: string;
  readonly deadline?: string;
  readonly callbackUrl?: string;
  readonly runAs?: string;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  /** Print everything that the devices say. */
  readonly output?: boolean;
}

/** Runs a service; with `wait` the exit code tells how the run ended. */
export async function runService(context: CommandContext, service: string, options: RunOptions): Promise<number> {
  const request = toRequest(service, options);
  const { client } = connect(context, options);
  if (options.dryRun) return showPlan(context, client, request, options);
  return follow(context, client, await client.runs.create(request), options);
}

/** Says that a run was accepted, or with `wait` prints each device and gives the exit code of its end. */
export async function follow(
  context: CommandContext,
  client: RunyardClient,
  accepted: AcceptedAnswer | RunAnswer,
  options: RunOptions,
): Promise<number> {
  if (options.wait || options.output) return waitForEnd(context, client, accepted.id, options);
  if (options.json) printJson(context, accepted);
  else {
    context.terminal.out(accepted.id);
    context.terminal.err(`Accepted. Look at it with: runyard show ${accepted.id}`);
  }
  return EXIT.done;
}

function toRequest(service: string, options: RunOptions): NewRun {
  const {
    device,
    pool,
    param = [],
    params,
    label,
    check,
    priority,
    lock,
    queueTtl,
    deadline,
    callbackUrl,
    runAs,
  } = options;
  const rollout = toRollout(options);
  return {
    service,
    params: readParams(params, param),
    ...(device ? { devices: [...device] } : {}),
    ...(pool ? { pools: [...pool] } : {}),
    ...(label ? { labels: toLabels(label) } : {}),
    ...(check ? { check: true } : {}),
    ...(rollout ? { rollout } : {}),
    ...(priority === undefined ? {} : { priority }),
    ...(lock === undefined ? {} : { lock }),
    ...(queueTtl === undefined ? {} : { queueTtl }),
    ...(deadline === undefined ? {} : { deadline }),
    ...(callbackUrl === undefined ? {} : { callbackUrl }),
    ...(runAs === undefined ? {} : { runAs }),
  };
}

/** Undefined when no option of a rollout is given. */
function toRollout({ canary, batches, maxFailures, soak, onBreach }: RunOptions): NewRun['rollout'] {
  const given = [canary, batches, maxFailures, soak, onBreach].some((option) => option !== undefined);
  if (!given) return undefined;
  return {
    onBreach: onBreach ?? ROLLOUT_DEFAULTS.onBreach,
    ...(canary === undefined ? {} : { canary }),
    ...(batches === undefined ? {} : { batches }),
    ...(maxFailures === undefined ? {} : { maxFailures }),
    ...(soak === undefined ? {} : { soak }),
  };
}

function toLabels(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

async function showPlan(
  context: CommandContext,
  client: RunyardClient,
  request: NewRun,
  options: GlobalOptions,
): Promise<number> {
  const plan = await client.runs.plan(request);
  if (options.json) printJson(context, plan);
  else {
    for (const warning of plan.warnings) context.terminal.err(`Warning: ${warning}`);
    context.terminal.out(`Version ${plan.version} of ${plan.service} would run on ${plan.devices} devices.`);
  }
  return EXIT.done;
}

async function waitForEnd(
  context: CommandContext,
  client: RunyardClient,
  id: string,
  options: RunOptions,
): Promise<number> {
  const { terminal } = context;
  const signals = watchSignals();
  signals.onSecond(() => process.exit(EXIT.interrupted));
  if (!options.json) terminal.err(`Run ${id}`);
  const onDevice = devicePrinter(context, options);
  try {
    const watch = { signal: signals.signal, onDevice };
    const run = await withApprovalNotices(context, client, id, () => watchRun(client, id, watch));
    if (options.json) printJson(context, { event: 'end', run });
    else printSummary(context, run);
    return exitCodeOf(run);
  } catch (error) {
    if (!signals.signal.aborted) throw error;
    terminal.err(`No longer waiting. The run goes on; watch it with: runyard log ${id} --follow`);
    terminal.err(`End it with: runyard cancel ${id}`);
    return EXIT.interrupted;
  } finally {
    signals.dispose();
  }
}

function devicePrinter(
  context: CommandContext,
  { json, output: isFull, device = [] }: RunOptions,
): (row: DeviceRowAnswer, output: DeviceOutputAnswer | undefined) => void {
  const { terminal } = context;
  const widths = [Math.max(12, ...device.map((name) => name.length)), 'succeeded'.length, 'xx min xx s'.length];
  const restMax = Math.max(20, terminal.columns - widths.reduce((sum, width) => sum + width + 2, 0));
  return (row, output) => {
    if (json) {
      printJson(context, { event: 'device', device: isFull && output ? output : row });
      return;
    }
    widths[0] = Math.max(widths[0] ?? 0, row.name.length);
    const time = row.durationMs === null ? '' : durationText(row.durationMs);
    const text = isFull ? (row.error?.message ?? '') : deviceText(row, output);
    const cells = [row.name || '-', stateText(row.state, terminal.colour), time, firstLine(text, restMax)];
    terminal.out(rowLine(cells, widths));
    if (isFull && output) terminal.out(resultText(output.result as never));
  };
}

function printSummary({ terminal }: CommandContext, run: RunAnswer): void {
  for (const warning of run.warnings) terminal.err(`Warning: ${printable(warning)}`);
  if (run.error) terminal.err(printable(run.error.message));
  const time = runTime(run);
  const state = stateText(run.state, terminal.colour);
  terminal.out(`The run ${state}${time ? ` in ${time}` : ''}: ${devicesText(run)} devices.`);
}

function exitCodeOf({ state }: RunAnswer): number {
  if (state === 'succeeded') return EXIT.done;
  return state === 'denied' ? EXIT.refused : EXIT.failed;
}
