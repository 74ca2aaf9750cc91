import type { RunBranchAnswer } from '@runyard/contracts';
import type { RunState } from '@runyard/domain';
import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { printable } from '../output/printable.ts';
import { stateText } from '../output/state.ts';
import { tableLines } from '../output/table.ts';
import type { Colour } from '../output/terminal.ts';

const INDENT = '  ';

/** Shows a run with the runs that it started, those below each other that started each other. */
export async function showTree(context: CommandContext, id: string, options: GlobalOptions): Promise<number> {
  const tree = await connect(context, options).client.runs.tree(id);
  const { terminal } = context;
  if (options.json) printJson(context, tree);
  else {
    const header = ['RUN', 'STATE', 'SERVICE', 'STEP', 'AS'];
    for (const line of tableLines(header, rowsOf(tree.run, '', terminal.colour))) terminal.out(line);
    if (tree.rootRunId !== tree.run.id) terminal.err(`It was started from above: runyard tree ${tree.rootRunId}`);
  }
  return EXIT.done;
}

function rowsOf(run: RunBranchAnswer, indent: string, colour: Colour): string[][] {
  const endpoint = run.endpoint === undefined ? '' : `/${run.endpoint}`;
  const row = [
    `${indent}* ${run.id}`,
    // What is not kept any more has no state.
    run.state === null ? 'removed' : stateText(run.state as RunState, colour),
    run.service === null ? '' : printable(run.service + endpoint),
    stepText(run),
    printable(run.principal ?? ''),
  ];
  return [row, ...run.children.flatMap((child) => rowsOf(child, indent + INDENT, colour))];
}

/** `refresh of r1`; empty at the top and for a call that came from outside of a workflow. */
function stepText({ stepId = '', device = '' }: RunBranchAnswer): string {
  if (stepId === '') return '';
  return printable(device === '' ? stepId : `${stepId} of ${device}`);
}
