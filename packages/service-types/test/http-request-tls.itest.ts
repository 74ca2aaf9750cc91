import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject, TaskOutcome } from '@runyard/domain';
import { needs } from '@runyard/testkit';
import { createHttpRequest } from '../src/http-request/http-request.ts';
import { sampleTask } from './sample-task.ts';

needs(describe, 'openssl')('TLS of http-request', () => {
  const type = createHttpRequest({ allowCidrs: ['127.0.0.1'] });
  const call = (settings: JsonObject): Promise<TaskOutcome> => type.run(sampleTask(settings));
  let folder: string;
  let tls: Server;
  let url: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'runyard-tls-'));
    const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    const names = ['-subj', '/CN=device', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...curve, '-nodes', '-keyout', key, '-out', cert, ...names], {
      stdio: 'ignore',
    });
    tls = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => response.end('safe'));
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    url = `https://127.0.0.1:${(tls.address() as AddressInfo).port}/`;
  });
  afterAll(async () => {
    await type.stop();
    tls.closeAllConnections();
    await new Promise((resolve) => tls.close(resolve));
    rmSync(folder, { recursive: true });
  });

  it('refuses a certificate that is not trusted, unless told otherwise for this service', async () => {
    const untrusted = { code: 'HOST_KEY_UNKNOWN', message: expect.stringContaining('tls.verify') };
    await expect(call({ url })).rejects.toMatchObject(untrusted);
    expect(await call({ url, tls: { verify: false } })).toMatchObject({ success: true, result: 'safe' });
    await expect(call({ url })).rejects.toMatchObject(untrusted);
  });
});
