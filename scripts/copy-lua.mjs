// Copies the Lua scripts beside the compiled code, which tsc leaves out.
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { workspaces } from './workspaces.mjs';

for (const { folder } of workspaces()) {
  const files = readdirSync(join(folder, 'src'), { recursive: true });
  for (const file of files.filter((name) => name.endsWith('.lua'))) {
    cpSync(join(folder, 'src', file), join(folder, 'dist', file));
  }
}
