import { ERRORS, type ErrorCode } from './errors.ts';
import { problemType } from './problem.ts';

const RETRY_WORDS = { never: 'no', later: 'yes' } as const;

/** docs/errors.md, rendered from the register, so that no code is missing and none is made up. */
export function renderErrorDocs(): string {
  const rows = (Object.keys(ERRORS) as ErrorCode[]).map((code) => {
    const { status, title, retry } = ERRORS[code];
    return `| \`${code}\` | ${status} | ${title} | ${RETRY_WORDS[retry]} | \`${problemType(code)}\` |`;
  });
  return [
    '# Errors',
    '',
    'Generated from `packages/domain/src/errors.ts` by `npm run docs:generate`; do not edit.',
    '',
    'A refused call is answered with a problem document (RFC 9457, `application/problem+json`); match on its `code`.',
    'A device that failed has the same kind of code in its row. "Again" says whether the same try may succeed later:',
    'only those are repeated by the `retries` of a service.',
    '',
    '| code | status | title | again | type |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
