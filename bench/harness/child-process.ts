import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

const STOP_MS_MAX = 10_000;

/** A process that this bench started. Nothing else is ever signalled. */
export class Child {
  readonly name: string;
  private readonly child: ChildProcess;
  private readonly logFile: string;
  private readonly questions = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private asked = 0;
  private stopping = false;

  constructor(name: string, command: string, args: readonly string[], options: SpawnOptions, logFile: string) {
    this.name = name;
    this.logFile = logFile;
    const log = openSync(logFile, 'a');
    this.child = spawn(command, args, { ...options, stdio: ['pipe', log, log, 'ipc'] });
    closeSync(log);
    this.child.on('message', (message: { id: number; result?: unknown; error?: string }) => this.answered(message));
    this.child.on('error', (error) => this.fail(error));
    this.child.on('exit', (code, signal) =>
      this.fail(new Error(`${name} ended with ${signal ?? code}: ${this.tail()}`)),
    );
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Asks a script of this bench to do something; see `answer` in child-answers.ts. */
  ask<Answer>(command: string, args: object = {}): Promise<Answer> {
    if (!this.isRunning) return Promise.reject(new Error(`${this.name} is not running: ${this.tail()}`));
    const id = (this.asked += 1);
    return new Promise<Answer>((resolve, reject) => {
      this.questions.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.child.send({ id, command, args });
    });
  }

  /** SIGTERM, and SIGKILL if it is still there after ten seconds. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (!this.isRunning) return;
    const exited = once(this.child, 'exit');
    const timer = setTimeout(() => this.kill(), STOP_MS_MAX);
    this.child.kill('SIGTERM');
    await exited;
    clearTimeout(timer);
  }

  kill(): void {
    this.stopping = true;
    if (this.isRunning) this.child.kill('SIGKILL');
  }

  private answered({ id, result, error }: { id: number; result?: unknown; error?: string }): void {
    const question = this.questions.get(id);
    this.questions.delete(id);
    if (error === undefined) question?.resolve(result);
    else question?.reject(new Error(`${this.name}: ${error}`));
  }

  private fail(error: Error): void {
    for (const question of this.questions.values()) question.reject(error);
    this.questions.clear();
    if (!this.stopping) process.stderr.write(`${error.message}\n`);
  }

  /** All lines that it wrote. */
  output(): string[] {
    return readFileSync(this.logFile, 'utf8').split('\n');
  }

  /** The last lines that it wrote. */
  tail(): string {
    return this.output()
      .filter((line) => line !== '')
      .slice(-8)
      .join('\n');
  }
}
