import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { renderErrorDocs } from './error-docs.ts';

describe('docs/errors.md', () => {
  it('is what the register says (npm run docs:generate)', () => {
    const file = new URL('../../../docs/errors.md', import.meta.url);
    expect(readFileSync(file, 'utf8')).toBe(renderErrorDocs());
  });
});
