// One calm line for a command that takes a while; what the command says is shown only when it fails.
import { spawn } from 'node:child_process';

const KEPT_BYTES = 200_000;

/** True when the command ended with 0. */
export async function step(title, [command, args]) {
  const startedMs = Date.now();
  process.stdout.write(`  ${title} … `);
  const { code, output } = await run(command, args);
  if (code === 0) {
    process.stdout.write(`${((Date.now() - startedMs) / 1000).toFixed(1)} s\n`);
    return true;
  }
  process.stdout.write('failed\n');
  process.stderr.write(`${output.trimEnd()}\n`);
  return false;
}

function run(command, args) {
  return new Promise((resolve) => {
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-KEPT_BYTES);
    };
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: 1, output: String(error) }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
