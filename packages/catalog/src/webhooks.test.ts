import { describe, expect, it } from '@jest/globals';
import { createInputValidator, fromService, toService } from '@runyard/contracts';
import { checkCatalog } from './check-catalog.ts';
import { readCatalogText } from './read-catalog.ts';
import { referencesOf } from './references.ts';

const TEXT = `
services:
  - name: hooked
    type: no-op
    webhooks:
      - url: https://receiver.example/hook
        on: [failed, expired]
        secret: hook
      - url: https://other.example
`;

async function hooked(text = TEXT) {
  const { documents, problems } = await readCatalogText(text, 'runyard');
  const [first] = documents;
  return { problems, documents, service: first?.kind === 'service' ? first.document : undefined };
}

describe('webhooks of a service', () => {
  it('are read from a file and written again as they were', async () => {
    const { problems, service } = await hooked();
    expect(problems).toEqual([]);
    if (!service) throw new Error('no service was read');
    const { webhooks } = toService(service);
    expect(webhooks).toEqual([
      { url: 'https://receiver.example/hook', on: ['failed', 'expired'], secret: 'hook' },
      { url: 'https://other.example' },
    ]);
    expect(fromService(toService(service)).webhooks).toEqual(webhooks);
    expect(referencesOf('service', service)).toEqual([{ kind: 'secret', name: 'hook', pointer: '/webhooks/0/secret' }]);
  });

  it('may not be told of what is no end, nor hold a password', async () => {
    const { problems } = await hooked(TEXT.replace('expired', 'running').replace('https://other', 'https://a:b@other'));
    expect(problems.map(({ path, line }) => [path, line])).toEqual([
      ['/services/0/webhooks/0/on/1', 7],
      ['/services/0/webhooks/1/url', 9],
    ]);
  });

  it('are refused where their address may not be called, at the place where it stands', async () => {
    const { documents } = await hooked();
    const callbackProblem = (url: string) => (url.includes('other') ? 'must not be called' : null);
    const problems = checkCatalog(documents, { inputs: createInputValidator(), callbackProblem });
    expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      '/services/0/webhooks/0/secret: there is no secret `hook`',
      '/services/0/webhooks/1/url: must not be called',
    ]);
  });
});
