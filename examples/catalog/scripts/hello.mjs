// Params arrive as arguments (--greeting Hello), the device as JSON on the standard input. What is printed is the
// result; an exit code other than 0 is a failure.
import { env, stdin, stdout } from 'node:process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { greeting: { type: 'string', default: 'Hello' } } });

let input = '';
for await (const chunk of stdin) input += chunk;
const [device] = JSON.parse(input || '{}').inventory_nodes ?? [];

const answer = {
  text: `${values.greeting}, ${device?.name ?? 'world'}!`,
  role: device?.attributes.role ?? null,
  run: env.RUNYARD_RUN_ID ?? null,
};
stdout.write(`${JSON.stringify(answer)}\n`);
