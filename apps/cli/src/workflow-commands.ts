import { STEP_STATES } from '@runyard/contracts';
import { type Command, Option } from 'commander';
import type { Does } from './command-action.ts';
import { approveStep, rejectStep } from './commands/answer-step.ts';
import { listSteps } from './commands/steps.ts';
import { showTree } from './commands/tree.ts';

/** What workflows add to runs: the runs that they start, their steps, and those that ask a person. */
export function addWorkflowCommands(program: Command, does: Does): void {
  program
    .command('tree')
    .description('show the runs that a run started')
    .argument('<run>')
    .action((run: string, _options: unknown, command: Command) =>
      does((context, options) => showTree(context, run, options as object))(command),
    );
  program
    .command('steps')
    .description('list the steps of a workflow that have begun')
    .argument('<run>')
    .addOption(new Option('--state <state>', 'only those in this state').choices(STEP_STATES))
    .action((run: string, _options: unknown, command: Command) =>
      does((context, options) => listSteps(context, run, options as object))(command),
    );
  for (const [verb, description, answer] of [
    ['approve', 'say yes to a step that asks', approveStep],
    ['reject', 'say no to a step that asks: it fails', rejectStep],
  ] as const) {
    program
      .command(verb)
      .description(description)
      .argument('<run>')
      .argument('<step>')
      .option('-d, --device <name>', 'the device, when the workflow runs on each device')
      .option('--comment <text>', 'why; it is kept with the step and in the audit log')
      .action((run: string, step: string, _options: unknown, command: Command) =>
        does((context, options) => answer(context, run, step, options as object))(command),
      );
  }
}
