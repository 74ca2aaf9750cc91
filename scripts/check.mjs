// The whole fast gate: runs every check, then names those that failed.
import { spawnSync } from 'node:child_process';

const checks = ['format:check', 'lint', 'typecheck', 'boundaries', 'deadcode'];
const failed = checks.filter((name) => {
  console.log(`\n── ${name}`);
  return spawnSync('npm', ['run', '--silent', name], { stdio: 'inherit' }).status !== 0;
});

console.log(failed.length === 0 ? `\nAll checks passed: ${checks.join(', ')}.` : `\nFailed: ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
