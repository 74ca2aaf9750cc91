import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BenchRedis, startBenchRedis } from './bench-redis.ts';
import { Child } from './child-process.ts';
import { findNode, type NodeBinary } from './node-binary.ts';
import type { Options } from './options.ts';
import { watchProcessorTime } from './processor-time.ts';
import { alternate, type Measured, type Side } from './rounds.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What every row measures with. Owns all processes and the folder; `close` leaves nothing behind. */
export class Bench {
  readonly options: Options;
  readonly node: NodeBinary;
  readonly folder: string;
  readonly redis: BenchRedis;
  private readonly children = new Set<Child>();
  private started = 0;

  private constructor(options: Options, node: NodeBinary, folder: string, redis: BenchRedis) {
    this.options = options;
    this.node = node;
    this.folder = folder;
    this.redis = redis;
    process.once('exit', () => {
      for (const child of this.children) child.kill();
    });
  }

  static async open(options: Options): Promise<Bench> {
    const folder = mkdtempSync(join(tmpdir(), 'runyard-bench-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, 'logs'));
    return new Bench(options, findNode(options.node), folder, await startBenchRedis(folder));
  }

  /** The small number with `--quick`, else the full one. */
  size(quick: number, full: number): number {
    return this.options.quick ? quick : full;
  }

  async alternate<Name extends string>(sides: Readonly<Record<Name, Side>>): Promise<Record<Name, Measured>> {
    return alternate(this.options.rounds, sides, (text) => this.say(`  ${text}`));
  }

  say(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** Does the work and says what processor time Redis and these processes used for each of its operations. */
  async withProcessorTime(
    name: string,
    operations: (() => number) | number,
    children: Readonly<Record<string, readonly Child[]>>,
    work: () => Promise<number>,
  ): Promise<number> {
    const pids = Object.entries(children).map(([part, each]) => [part, each.map(({ pid }) => pid)] as const);
    const stop = watchProcessorTime({ ...Object.fromEntries(pids), redis: [this.redis.pid] });
    const figure = await work();
    this.say(`  ${name}, processor time each: ${stop(typeof operations === 'number' ? operations : operations())}`);
    return figure;
  }

  /** Starts a script of this folder, such as `floors/bullmq-worker.ts`, and resolves when it answers. */
  async script(file: string, environment: Readonly<Record<string, string>> = {}): Promise<Child> {
    const child = this.start(file, [...this.node.typescriptArgs, join(ROOT, 'bench', file)], environment);
    await child.ask('ready');
    return child;
  }

  /** Starts the compiled main program of an application; whoever calls waits until it is ready. */
  application(name: 'gateway' | 'worker', environment: Readonly<Record<string, string>>): Child {
    return this.start(name, [join(ROOT, 'apps', name, 'dist', 'main.js'), '--exit-with-parent'], environment);
  }

  /** Starts any JavaScript file with the measured Node. */
  program(name: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Child {
    return this.start(name, args, environment);
  }

  private start(name: string, args: readonly string[], environment: Readonly<Record<string, string>>): Child {
    const { cpuProf } = this.options;
    const profile = cpuProf === null ? [] : ['--cpu-prof', '--cpu-prof-dir', join(cpuProf, name.replaceAll('/', '-'))];
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', ...environment };
    this.started += 1;
    const log = join(this.folder, 'logs', `${this.started}-${name.replaceAll('/', '-')}.log`);
    const child = new Child(name, this.node.path, [...profile, ...args], { env, cwd: this.folder }, log);
    this.children.add(child);
    return child;
  }

  async stop(...children: readonly Child[]): Promise<void> {
    await Promise.all(children.map((child) => child.stop()));
    for (const child of children) this.children.delete(child);
  }

  stopAll(): Promise<void> {
    return this.stop(...this.children);
  }

  async close(): Promise<void> {
    await this.stopAll();
    await this.redis.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
