import { describe, expect, it } from '@jest/globals';
import { createInputValidator } from '@runyard/contracts';
import { checkCatalog } from './check-catalog.ts';
import type { TextProblems } from './check-texts.ts';
import { readCatalogText } from './read-catalog.ts';

/** The worst texts that there are. */
const texts: TextProblems = {
  expression: (text) => (text.includes('((') ? 'it has no end' : null),
  template: (text) => (text.includes('{{{') ? 'it has no end' : null),
};

/** What is wrong with the first service, without its place in the catalog. */
async function problemsOf(service: string): Promise<string[]> {
  const { documents, problems } = await readCatalogText(
    `services: [{${service}}, {name: oauth, type: no-op}]`,
    'runyard',
  );
  const checked = checkCatalog(documents, { inputs: createInputValidator(), texts });
  return [...problems, ...checked].map(({ path, message }) => `${path.replace('/services/0/', '')}: ${message}`);
}

const isNoTemplate = (...pointers: string[]) => pointers.map((pointer) => `${pointer}: is no template: it has no end`);

describe('the texts of a service', () => {
  it.each([
    ['type: ssh-command, commands: [show version, "{{{"]', ['commands/1']],
    ['type: ssh-command, commands: [show], skip: {when: "{{{"}, lock: "{{{"', ['skip/when', 'lock']],
    ['type: ssh-command, commands: [show], for-each: {value: "{{{"}', ['for-each/value']],
    ['type: http-request, url: "{{{", query: {n: 1, Tenant: "{{{"}', ['url', 'query/Tenant']],
    ['type: http-request, url: "https://h", headers: {X-Tenant: "{{{"}, body: "{{{"', ['headers/X-Tenant', 'body']],
    ['type: http-request, url: "https://h", json: {deep: [{er: "{{{"}]}', ['json/deep/0/er']],
    ['type: executable, filename: run.sh, args: [a, "{{{"], stdin: "{{{"', ['args/1', 'stdin']],
    ['type: executable, filename: run.sh, env: {aB: "{{{"}, runtime: {env: {c: "{{{"}}', ['env/aB', 'runtime/env/c']],
    ['type: ansible-playbook, playbooks: [a.yml], runtime: {env: {A: "{{{"}}', ['runtime/env/A']],
    [
      'type: mail, host: mail, from: "{{{", to: [a@b, "{{{"], subject: "{{{", text: "{{{"',
      ['from', 'to/1', 'subject', 'text'],
    ],
    ['type: no-op, result: "{{{", fail: "{{{"', ['result', 'fail']],
  ])('can be evaluated: {%s}', async (service, pointers) => {
    expect(await problemsOf(`name: s, ${service}`)).toEqual(isNoTemplate(...pointers));
  });

  it.each([
    'type: ssh-command, commands: [show], for-each: {value: ["{{{"]}',
    'type: executable, filename: "{{{", runtime: {env: ["A={{{"]}',
    'type: ansible-playbook, playbooks: [a.yml], runtime: {extra-vars: {a: "{{{"}}',
    'type: no-op, result: {a: "{{{"}, description: "{{{"',
    'type: no-op, result: "(("',
  ])('are left alone where nobody evaluates them: {%s}', async (service) => {
    expect(await problemsOf(`name: s, ${service}`)).toEqual([]);
  });
});

describe('the texts of a workflow', () => {
  it.each([
    ['id: a, type: if, when: "((", then: end', 'when: is no expression of JSONata'],
    ['id: a, type: no-op, result: {myVar: "(("}', 'result/myVar: is no expression of JSONata'],
    ['id: a, type: for-each, values: "((", step: {type: no-op}', 'values: is no expression of JSONata'],
    ['id: a, type: for-each, values: ["(("], step: {type: approve, message: "{{{"}', 'step/message: is no template'],
    ['id: a, type: approve, message: "{{{"', 'message: is no template'],
    ['id: a, type: no-op, value: "{{{"', 'value: is no template'],
    ['id: a, type: ssh-command, commands: ["{{{"]', 'commands/0: is no template'],
    ['id: a, type: no-op, skip: {when: "{{{"}', 'skip/when: is no template'],
    ['id: a, type: run-service, service: oauth, params: {deep: [{er: "{{{"}]}', 'params/deep/0/er: is no template'],
    ['id: a, type: run-service, service: oauth, devices: ["{{{"]', 'devices/0: is no template'],
  ])('can be evaluated: {%s}', async (step, problem) => {
    expect(await problemsOf(`name: w, type: workflow, steps: [{${step}}]`)).toEqual([
      `steps/0/${problem}: it has no end`,
    ]);
  });

  it('can be evaluated, and so can the expression of its result', async () => {
    const problems = await problemsOf('name: w, type: workflow, result: "((", steps: [{id: a, type: no-op}]');
    expect(problems).toEqual(['result: is no expression of JSONata: it has no end']);
  });
});
