import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const loader = createRequire(import.meta.url).resolve('tsx');
const source = fileURLToPath(new URL('./expressions.ts', import.meta.url));

/** What a process of its own prints that does so with expressions and then has nothing left to do. */
async function printedBy(body: string): Promise<string> {
  const code = `const { createExpressions } = require(${JSON.stringify(source)});
    const expressions = createExpressions();
    process.once('exit', () => console.log('ended'));
    (async () => { ${body} })();`;
  const args = ['--conditions=@runyard/source', '--require', loader, '--eval', code];
  const { stdout } = await run(process.execPath, args, { env: { PATH: process.env['PATH'] ?? '' }, timeout: 50_000 });
  return stdout;
}

describe('a process that evaluated expressions', () => {
  it.each([
    ['with a thread that is free', "console.log(await expressions.evaluate('1 + 1', {}));", '2\nended\n'],
    ['not before the value is there', "void expressions.evaluate('1 + 2', {}).then(console.log);", '3\nended\n'],
    ['once it has stopped them', "expressions.evaluate('1', {}).catch(() => {}); await expressions.stop();", 'ended\n'],
  ])(
    'ends by itself, %s',
    async (_, body, printed) => {
      await expect(printedBy(body)).resolves.toBe(printed);
    },
    60_000,
  );
});
