import { describe, expect, it, jest } from '@jest/globals';
import type { Template } from 'liquidjs';
import { createParsedTemplates } from './parsed-templates.ts';

describe('createParsedTemplates', () => {
  it('parses a template once', () => {
    const parse = jest.fn<(template: string) => Template[]>(() => []);
    const parsed = createParsedTemplates(parse);
    parsed.get('a');
    parsed.get('a');
    expect(parse).toHaveBeenCalledTimes(1);
  });

  it('forgets the one that was not used for longest', () => {
    const parse = jest.fn<(template: string) => Template[]>(() => []);
    const parsed = createParsedTemplates(parse, 2);
    for (const template of ['a', 'b', 'a', 'c', 'a', 'b']) parsed.get(template);
    expect(parse.mock.calls.map(([template]) => template)).toEqual(['a', 'b', 'c', 'b']);
  });

  it('holds no more text than the limit', () => {
    const parse = jest.fn<(template: string) => Template[]>(() => []);
    const parsed = createParsedTemplates(parse, 10, 5);
    for (const template of ['aaa', 'bb', 'ccc', 'bb', 'aaa', 'dddddd', 'dddddd']) parsed.get(template);
    expect(parse.mock.calls.map(([template]) => template)).toEqual(['aaa', 'bb', 'ccc', 'aaa', 'dddddd', 'dddddd']);
  });
});
