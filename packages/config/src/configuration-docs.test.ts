import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { renderConfigurationDocs } from './index.ts';
import { SETTINGS } from './setting.ts';

describe('the page about settings', () => {
  it('is up to date: docs/configuration.md says what the schema says', () => {
    const committed = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
    expect(committed).toBe(renderConfigurationDocs());
  });

  it('names every setting once', () => {
    const page = renderConfigurationDocs();
    for (const { path, schema } of SETTINGS) {
      expect(page.split(`| \`${path.join('.')}\` | \`${schema.env}\``)).toHaveLength(2);
    }
  });

  it('has a variable of its own for each setting', () => {
    const names = SETTINGS.map(({ schema }) => schema.env);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^RUNYARD_[A-Z_]+$/);
  });
});
