// The command line `runyard`: reads arguments and variables, runs one command, ends with its exit code.
import { fileURLToPath } from 'node:url';
import { processEnvironment } from '@runyard/config';
import { runCommandLine } from './command-line.ts';
import { processTerminal } from './output/terminal.ts';

const args = process.argv.slice(2);
const env = processEnvironment();

// Who reads our output may go away, as `head` does. `up` must go on and stop in order; the others are done.
process.stdout.on('error', () => {
  if (args[0] !== 'up') process.exit();
});

const exitCode = await runCommandLine(args, {
  env,
  terminal: processTerminal(env),
  projectRoot: fileURLToPath(new URL('../../..', import.meta.url)),
  cwd: process.cwd(),
});

// What is still open, such as a connection that tries again, must not hold us; what was written must get out.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
