import { deviceError, type JsonObject, type Task, type TaskOutcome } from '@runyard/domain';
import { clip } from '../ssh/exec.ts';
import { cutMark } from '../ssh/output-buffer.ts';

/** What one command gave. */
export interface CommandRecord {
  readonly command: string;
  readonly output: string;
  readonly errorOutput?: string;
  readonly exitCode?: number | null;
  /** Why it counts as failed. */
  readonly failure?: string;
}

/** Collects what the commands of one device gave, up to the limit of output. */
export class CommandLog {
  readonly records: CommandRecord[] = [];
  readonly #task: Task;
  readonly #total: number;
  #bytes = 0;
  #isCut = false;

  constructor(task: Task, total: number) {
    this.#task = task;
    this.#total = total;
  }

  /** How many bytes of output still fit. */
  get bytesLeft(): number {
    return Math.max(0, this.#task.outputBytesMax - this.#bytes);
  }

  add(record: CommandRecord, outputBytes: number, isCut: boolean): void {
    this.records.push(record);
    this.#bytes += outputBytes;
    this.#isCut ||= isCut;
    if (this.#total > 1) {
      const result = record.failure ?? `${outputBytes} bytes of output`;
      this.#task.log(`${this.records.length} of ${this.#total}, ${clip(record.command)}: ${result}`);
    }
  }

  get firstFailure(): string | undefined {
    return this.records.find((record) => record.failure !== undefined)?.failure;
  }

  /** Throws OUTPUT_TOO_LARGE when the output was cut and data is to be made of it: half of it would be wrong data. */
  outcome(failure = this.firstFailure): TaskOutcome {
    const { convert } = this.#task.service;
    if (this.#isCut && convert !== 'none' && convert !== 'text') {
      throw deviceError(
        'OUTPUT_TOO_LARGE',
        `The output is larger than ${this.#task.outputBytesMax} bytes, too large for ${convert}`,
      );
    }
    const result =
      this.records.map((record) => record.output).join('\n') + (this.#isCut ? cutMark(this.#task.outputBytesMax) : '');
    const fields = this.#fields();
    if (failure === undefined) return { success: true, result, fields };
    return { success: false, result, fields, error: { code: 'COMMAND_FAILED', message: failure } };
  }

  #fields(): JsonObject {
    const { records } = this;
    const last = records.findLast((record) => record.failure !== undefined) ?? records.at(-1);
    const fields: JsonObject = { command: records.map((record) => record.command).join('\n') };
    if (typeof last?.exitCode === 'number') fields['return_code'] = last.exitCode;
    if (this.#isCut) fields['output_cut'] = true;
    if (this.#total === 1) {
      if (last?.errorOutput) fields['stderr'] = last.errorOutput;
      return fields;
    }
    fields['commands'] = records.map(({ command, output, exitCode, errorOutput }) => ({
      command,
      output,
      ...(typeof exitCode === 'number' ? { exit_code: exitCode } : {}),
      ...(errorOutput ? { stderr: errorOutput } : {}),
    }));
    return fields;
  }
}
