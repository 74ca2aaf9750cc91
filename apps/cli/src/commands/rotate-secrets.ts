import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

/** Seals every secret value with the newest key of the gateway. What no key opens is named, and the exit code is 1. */
export async function rotateSecrets(context: CommandContext, options: GlobalOptions): Promise<number> {
  const { client } = connect(context, options);
  let resealed = 0;
  let answer = await client.catalog.rotateSecrets();
  for (; ; answer = await client.catalog.rotateSecrets()) {
    resealed += answer.resealed;
    if (answer.complete) break;
    context.terminal.err(`${resealed} sealed anew so far …`);
  }
  const { unreadable, current } = answer;
  if (options.json) printJson(context, { resealed, unreadable });
  else {
    for (const name of unreadable) context.terminal.out(`${context.terminal.colour('red', 'No key for')} ${name}`);
    context.terminal.out(
      `${resealed} sealed anew, ${current} had the newest key, ${unreadable.length} cannot be opened.`,
    );
  }
  return unreadable.length > 0 ? EXIT.failed : EXIT.done;
}
