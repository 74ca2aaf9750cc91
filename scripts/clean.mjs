// Removes what a build or a coverage run has made.
import { rmSync } from 'node:fs';
import { workspaces } from './workspaces.mjs';

const made = ['coverage', ...workspaces().map(({ folder }) => `${folder}/dist`)];
for (const path of made) rmSync(path, { recursive: true, force: true });
