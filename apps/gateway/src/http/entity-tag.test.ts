import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { checkPreconditions } from './entity-tag.ts';

const check = (headers: Record<string, string>, version: number | null) => () =>
  checkPreconditions({ headers } as unknown as IncomingMessage, version);

describe('preconditions of a write', () => {
  it.each([
    [{}, null],
    [{}, 3],
    [{ 'if-match': '"3"' }, 3],
    [{ 'if-match': '"1", W/"3"' }, 3],
    [{ 'if-match': '*' }, 3],
    [{ 'if-none-match': '*' }, null],
    [{ 'if-none-match': '"2"' }, 3],
  ])('%j hold for version %p', (headers, version) => {
    expect(check(headers, version)).not.toThrow();
  });

  it.each([
    [{ 'if-match': '"3"' }, 4],
    [{ 'if-match': '"3"' }, null],
    [{ 'if-match': '*' }, null],
    [{ 'if-match': '3' }, 3],
    [{ 'if-none-match': '*' }, 1],
    [{ 'if-none-match': '"1"' }, 1],
  ])('%j do not hold for version %p', (headers, version) => {
    expect(check(headers, version)).toThrow(expect.objectContaining({ code: 'PRECONDITION_FAILED' }));
  });
});
