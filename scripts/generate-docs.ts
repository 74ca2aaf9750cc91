// Writes the documents that are rendered from code: docs/configuration.md and docs/errors.md. Tests compare them.
import { writeFileSync } from 'node:fs';
import { renderConfigurationDocs } from '../packages/config/src/configuration-docs.ts';
import { renderErrorDocs } from '../packages/domain/src/error-docs.ts';

const write = (name: string, text: string) => writeFileSync(new URL(`../docs/${name}`, import.meta.url), text);

write('configuration.md', renderConfigurationDocs());
write('errors.md', renderErrorDocs());
