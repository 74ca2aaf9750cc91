import { ClientError } from '@runyard/client';
import { CliError } from '../cli-error.ts';
import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { printable } from '../output/printable.ts';

export interface AnswerOptions extends GlobalOptions {
  readonly device?: string;
  readonly comment?: string;
}

/** Says yes to a step that asks. */
export async function approveStep(
  context: CommandContext,
  id: string,
  step: string,
  options: AnswerOptions,
): Promise<number> {
  return answerStep(context, id, step, options, 'approve');
}

/** Says no to a step that asks: it fails. */
export async function rejectStep(
  context: CommandContext,
  id: string,
  step: string,
  options: AnswerOptions,
): Promise<number> {
  return answerStep(context, id, step, options, 'reject');
}

async function answerStep(
  context: CommandContext,
  id: string,
  step: string,
  options: AnswerOptions,
  verb: 'approve' | 'reject',
): Promise<number> {
  const { device, comment } = options;
  const { client } = connect(context, options);
  const answer = { step, ...(device === undefined ? {} : { device }), ...(comment === undefined ? {} : { comment }) };
  const answered = await client.runs[verb](id, answer).catch((error: unknown) => {
    throw withHint(error, id);
  });
  if (options.json) printJson(context, answered);
  else {
    const what = printable(device === undefined ? step : `${step} of ${device}`);
    const outcome = verb === 'approve' ? 'is approved; the workflow goes on.' : 'is rejected, so it has failed.';
    context.terminal.out(`The step ${what} ${outcome}`);
  }
  return EXIT.done;
}

/** Mostly the device was left out, or somebody was faster. */
function withHint(error: unknown, id: string): unknown {
  if (!(error instanceof ClientError) || error.code !== 'STEP_NOT_WAITING') return error;
  return new CliError(error.detail, EXIT.refused, [`See what waits with: runyard steps ${id} --state waiting`]);
}
