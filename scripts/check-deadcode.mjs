// Finds dead code and undeclared dependencies with knip, and proves that a planted unused export is seen.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { withPlanted } from './planted-copy.mjs';

const real = knip('.');
process.stdout.write(real.stdout + real.stderr);

const planted = {
  'packages/engine/src/planted.ts': 'export const planted = 1;\n',
  'packages/engine/src/index.ts': "import './planted.ts';\n",
};
const isSeen = withPlanted(planted, knip).stdout.includes('packages/engine/src/planted.ts');
if (!isSeen) console.error('knip did not see the unused export planted in packages/engine.');
process.exitCode = real.status === 0 && isSeen ? 0 : 1;

function knip(folder) {
  const args = [resolve('node_modules/knip/bin/knip.js'), '--directory', folder, '--no-progress', '--no-config-hints'];
  return spawnSync(process.execPath, args, { encoding: 'utf8' });
}
