import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { JsonObject, ServiceType } from '@runyard/domain';
import { createHttpRequest } from '../src/http-request/http-request.ts';
import { sampleTask } from './sample-task.ts';

const LINEAGE = 'v1.signed.lineage';

/** What the header said in each request, in the order in which they came. */
let seen: unknown[];
let redirectTo: string | null;
let own: Server;
let other: Server;
let type: ServiceType;

async function listening(): Promise<Server> {
  const server = createServer(({ url, headers }, response: ServerResponse) => {
    seen.push(headers['x-runyard-lineage']);
    if (url === '/x' && redirectTo !== null) response.writeHead(302, { location: redirectTo });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeEach(async () => {
  seen = [];
  redirectTo = null;
  own = await listening();
  other = await listening();
  const gatewayUrls = [`${urlOf(own)}/`, 'https://gateway.example'];
  type = createHttpRequest({ allowCidrs: ['127.0.0.1/32'], gatewayUrls });
});
afterEach(async () => {
  await type.stop();
  for (const server of [own, other]) await new Promise((resolve) => server.close(resolve));
});

async function seenAfter(server: Server, more: JsonObject = {}): Promise<unknown[]> {
  await type.run(sampleTask({ url: `${urlOf(server)}/x`, followRedirects: 1, ...more }, { lineage: LINEAGE }));
  return seen;
}

describe('the lineage of a call', () => {
  it('is told to a gateway of the installation', async () => {
    expect(await seenAfter(own)).toEqual([LINEAGE]);
  });

  it('is told to nobody else', async () => {
    expect(await seenAfter(other)).toEqual([undefined]);
  });

  it('goes along a redirect of the gateway to itself, and not to others', async () => {
    redirectTo = '/y';
    expect(await seenAfter(own)).toEqual([LINEAGE, LINEAGE]);
    seen = [];
    redirectTo = `${urlOf(other)}/y`;
    expect(await seenAfter(own)).toEqual([LINEAGE, undefined]);
  });

  it('is told to a gateway to which others redirect', async () => {
    redirectTo = `${urlOf(own)}/y`;
    expect(await seenAfter(other)).toEqual([undefined, LINEAGE]);
  });

  it('cannot be replaced by a header of the service', async () => {
    expect(await seenAfter(own, { headers: { 'X-Runyard-Lineage': 'made up' } })).toEqual([LINEAGE]);
  });
});
