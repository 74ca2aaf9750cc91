// Writes docs/configuration.md from the schema of the settings.
import { mkdirSync, writeFileSync } from 'node:fs';
import { renderConfigurationDocs } from '@runyard/config';

const page = new URL('../docs/configuration.md', import.meta.url);
mkdirSync(new URL('.', page), { recursive: true });
writeFileSync(page, renderConfigurationDocs());
