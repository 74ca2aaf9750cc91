import { describe, expect, it } from '@jest/globals';
import { createInputValidator } from '@runyard/contracts';
import { checkCatalog } from './check-catalog.ts';
import { readCatalogText } from './read-catalog.ts';

const SERVICES = `
- name: oauth
  type: no-op
  endpoints:
    - name: refresh
      parameters:
        - {name: tenant, type: string, required: true}
        - {name: level, type: integer, enum: [1, 2]}
- {name: backup, type: no-op, inputs: {properties: {keep: {type: integer}, to: {type: string}}, required: [to]}}
- {name: decorated, type: no-op, decorator: rules}
- {name: free, type: no-op}
- {name: broken, type: no-op, inputs: {type: nothing}}
`;

/** What is wrong with the params of a definition, without their place. */
async function problemsOf(definition: string, pointer: string): Promise<string[]> {
  const text = `
decorators: [{name: rules, schema: {properties: {keep: {maximum: 7}}}}]
service-accounts: [{name: sa}]
services:${SERVICES}${definition}`;
  const { documents, problems } = await readCatalogText(text, 'runyard');
  const checked = checkCatalog(documents, { inputs: createInputValidator() });
  return [...problems, ...checked]
    .filter(({ path }) => path.startsWith(pointer))
    .map(({ path, message }) => `${path.replace(pointer, '')}: ${message}`);
}

const step = (call: string) =>
  problemsOf(`- {name: w, type: workflow, steps: [{id: a, type: run-service, ${call}}]}`, '/services/5/steps/0/params');
const schedule = (call: string) =>
  problemsOf(`schedules: [{name: s, cron: '0 3 * * *', run-as: sa, ${call}}]`, '/schedules/0/params');

const CALLS: [string, unknown[]][] = [
  ['service: oauth, endpoint: refresh, params: {tenant: a, level: "2"}', []],
  ['service: oauth, endpoint: refresh, params: {level: 1}', ['/tenant: is required']],
  ['service: oauth, endpoint: refresh, params: {tenant: a, level: x}', ['/level: must be a whole number such as 7']],
  ['service: oauth, endpoint: refresh, params: {tenant: a, level: 3}', ['/level: must be one of 1, 2']],
  ['service: oauth, endpoint: none, params: {level: x}', []],
  ['service: backup, params: {to: nas, keep: 7}', []],
  ['service: backup, params: {to: nas, keep: x}', [expect.stringMatching(/^\/keep: must be a whole number/)]],
  ['service: backup', ['/to: is required']],
  ['service: decorated, params: {keep: 8}', [expect.stringMatching(/^\/keep: must be/)]],
  ['service: free, params: {any: thing}', []],
  ['service: broken, params: {any: thing}', []],
  ['service: nobody, params: {any: thing}', []],
];

describe('the params of a step', () => {
  it.each(CALLS)('are what the service takes, or not: %s', async (call, wrong) => {
    expect(await step(call)).toEqual(wrong);
  });

  it.each([
    ['service: oauth, endpoint: refresh, params: {tenant: "{{ params.t }}", level: "{{ params.l }}"}', []],
    [
      'service: oauth, endpoint: refresh, params: {tenant: "{{ params.t }}", level: 3}',
      ['/level: must be one of 1, 2'],
    ],
    [
      'service: oauth, endpoint: refresh, params: {tenant: a, lvel: "{{ params.l }}"}',
      [expect.stringMatching(/^\/lvel: is no parameter .*did you mean level/)],
    ],
    ['service: backup, params: {keep: "{{ params.k }}"}', []],
    ['service: backup, params: {keep: {deep: ["{{ params.k }}"]}}', []],
  ])('are open where templates give them: %s', async (call, wrong) => {
    expect(await step(call)).toEqual(wrong);
  });
});

describe('the params of a schedule', () => {
  it.each(CALLS)('are what the service takes, or not: %s', async (call, wrong) => {
    expect(await schedule(call)).toEqual(wrong);
  });

  it('are no templates', async () => {
    expect(await schedule('service: backup, params: {to: nas, keep: "{{ x }}"}')).toHaveLength(1);
  });
});
