#!/usr/bin/env node
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { type Arguments, readArguments, spreadFaults, USAGE } from './arguments.ts';
import { catalogText } from './catalog-text.ts';
import { control } from './control.ts';
import { type DeviceFleet, startDeviceFleet } from './device-fleet.ts';

try {
  const args = readArguments(process.argv.slice(2));
  if (args.isHelp) console.log(USAGE);
  else await main(args);
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}

async function main(args: Arguments): Promise<void> {
  const startedMs = performance.now();
  const fleet = await startDeviceFleet({
    ...args.fleet,
    faults: spreadFaults(args.faults, args.fleet.count),
    ...(args.authorizedKeyFile === undefined ? {} : { authorizedKey: await readFile(args.authorizedKeyFile, 'utf8') }),
  });
  const startMs = Math.round(performance.now() - startedMs);
  if (args.catalogFile !== undefined) await writeCatalog(fleet, args.catalogFile, args.clusters);
  listenForTheEnd(fleet, args);
  console.log(args.isJson ? asJson(fleet, startMs) : asText(fleet, args, startMs));
}

/** The secrets stand beside the catalog, which names them relative to itself: the three can be moved together. */
async function writeCatalog(fleet: DeviceFleet, catalogFile: string, clusters: readonly string[]): Promise<void> {
  const [passwordFile, enablePasswordFile] = [`${catalogFile}.password`, `${catalogFile}.enable-password`];
  await writeFile(passwordFile, fleet.password, { mode: 0o600 });
  await writeFile(enablePasswordFile, fleet.enablePassword, { mode: 0o600 });
  const files = { passwordFile: basename(passwordFile), enablePasswordFile: basename(enablePasswordFile) };
  await writeFile(catalogFile, catalogText(fleet, { clusters, ...files }));
}

function listenForTheEnd(fleet: DeviceFleet, { isControlled, exitsWithParent }: Arguments): void {
  const end = (): void => {
    void fleet.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  // Whoever read our output may have gone; the devices stay.
  process.stdout.on('error', () => undefined);
  if (!isControlled && !exitsWithParent) return;
  const lines = createInterface(process.stdin);
  let last = Promise.resolve();
  if (isControlled) {
    // One after the other, so that the answers stand in the order of the questions.
    lines.on('line', (line) => {
      last = last.then(async () => console.log(await control(fleet, line)));
    });
  }
  if (exitsWithParent) lines.on('close', () => void last.then(end));
}

function asJson(fleet: DeviceFleet, startMs: number): string {
  const { username, password, enablePassword, devices } = fleet;
  return JSON.stringify({ event: 'ready', pid: process.pid, startMs, username, password, enablePassword, devices });
}

function asText(fleet: DeviceFleet, { fleet: options, faults, catalogFile }: Arguments, startMs: number): string {
  const { devices, username, password, enablePassword } = fleet;
  const ports = devices.map(({ port }) => port);
  const first = fleet.device(0);
  const one = devices.length === 1;
  return [
    `${devices.length} simulated device${one ? '' : 's'} on ${first.address}, ports ${Math.min(...ports)} to ${Math.max(...ports)}, ready after ${startMs} ms.`,
    `  user ${username}, password ${password}, enable password ${enablePassword}`,
    `  for example  ssh -p ${first.port} ${username}@${first.address}   (${first.name}, ${first.platform})`,
    ...(options.latencyMs ? [`  a round trip takes ${options.latencyMs} ms`] : []),
    ...faults.map(({ fault, count }) => `  ${fault.kind}: ${count} of them`),
    ...(catalogFile === undefined ? [] : [`  catalog: ${catalogFile}`]),
    'Ctrl-C ends them.',
  ].join('\n');
}

function explain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return `A port is in use already: ${message}`;
  if (code === 'EMFILE') return 'Too many open files: raise the limit with "ulimit -n", or take fewer devices.';
  return `${message}\nTry --help.`;
}
