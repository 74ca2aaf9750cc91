import { setTimeout as delay } from 'node:timers/promises';
import { ClientError, type RunyardClient } from '@runyard/client';
import type { RunStepAnswer } from '@runyard/contracts';
import { WORKFLOW_TYPE } from '@runyard/domain';
import type { CommandContext } from './context.ts';
import { printable } from './output/printable.ts';
import type { Terminal } from './output/terminal.ts';

const LOOK_MS = 1_000;
const RUNS_LOOKED_AT_MAX = 20;
const STEPS_LOOKED_AT = 1_000;
const QUESTIONS_TOLD_MAX = 10;

interface Question {
  readonly runId: string;
  readonly step: RunStepAnswer;
}

/**
 * Does the work and meanwhile says on `err` which steps of the run, or of runs that it waits for, ask a person, each
 * once and with the command that answers.
 */
export async function withApprovalNotices<Result>(
  { terminal }: CommandContext,
  client: RunyardClient,
  id: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const { type } = await client.runs.get(id);
  if (type !== WORKFLOW_TYPE) return work();
  const done = new AbortController();
  const watching = watchQuestions(terminal, client, id, done.signal);
  try {
    return await work();
  } finally {
    done.abort();
    await watching;
  }
}

async function watchQuestions(
  terminal: Terminal,
  client: RunyardClient,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const questions = new Questions(client, id);
  const told = new Set<string>();
  try {
    while (told.size <= QUESTIONS_TOLD_MAX) {
      for (const question of await questions.look(signal).catch(noneFor)) {
        const key = JSON.stringify([question.runId, question.step.device, question.step.step]);
        if (told.has(key) || told.size > QUESTIONS_TOLD_MAX) continue;
        told.add(key);
        const lines = told.size > QUESTIONS_TOLD_MAX ? othersText(question) : questionText(question);
        for (const line of lines) terminal.err(line);
      }
      await delay(LOOK_MS, undefined, { signal });
    }
  } catch (error) {
    // What keeps us from looking keeps the work from going on too, and is told by it.
    if (!signal.aborted && !(error instanceof ClientError)) throw error;
  }
}

/** A gateway that is away comes back while the work waits for it; a refusal stays one. */
function noneFor(error: unknown): readonly Question[] {
  const isPassing = error instanceof ClientError && (error.status === 0 || error.status === 429 || error.status >= 500);
  if (isPassing) return [];
  throw error;
}

/** What persons are asked in a run and in those that it waits for. */
class Questions {
  private readonly client: RunyardClient;
  private readonly id: string;
  /** The runs to look at, and where in each of them the next look goes on. */
  private readonly cursors = new Map<string, string | null>();

  constructor(client: RunyardClient, id: string) {
    this.client = client;
    this.id = id;
    this.cursors.set(id, null);
  }

  /** One page of each run, so that a look costs the same however large they are; the next look goes on from there. */
  async look(signal: AbortSignal): Promise<readonly Question[]> {
    const found: Question[] = [];
    // Grows while it is gone through: a run that a step waits for may ask, too.
    for (const [runId, cursor] of this.cursors) {
      const query = {
        state: 'waiting',
        limit: STEPS_LOOKED_AT,
        signal,
        ...(cursor === null ? {} : { cursor }),
      } as const;
      const page = await this.client.runs.stepPage(runId, query);
      // One that is still waited for comes back with the step that waits for it.
      if (page.cursor === null && runId !== this.id) this.cursors.delete(runId);
      else this.cursors.set(runId, page.cursor);
      for (const step of page.items) {
        if (step.message !== undefined) found.push({ runId, step });
        else if (step.runId !== undefined) this.add(step.runId);
      }
    }
    return found;
  }

  private add(runId: string): void {
    if (!this.cursors.has(runId) && this.cursors.size < RUNS_LOOKED_AT_MAX) this.cursors.set(runId, null);
  }
}

function questionText({ runId, step: { device, step, message = '' } }: Question): string[] {
  const args = [runId, step, ...(device === '-' ? [] : ['--device', device])].map(shellWord).join(' ');
  return [
    `The run waits for a person: ${printable(message).replaceAll('\n', ' ')}`,
    `  Say yes with: runyard approve ${args}`,
    `  or no with:   runyard reject ${args}`,
  ];
}

function othersText({ runId }: Question): string[] {
  return [`More steps wait for a person; see them with: runyard steps ${runId} --state waiting`];
}

/** As a shell takes it for one word. */
function shellWord(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", String.raw`'\''`)}'`;
}
