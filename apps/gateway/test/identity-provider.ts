import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import Provider from 'oidc-provider';

export interface TestProvider {
  readonly issuer: string;
  readonly clientSecret: string;
  /** Claims of each account, by the name with which it logs in there; the subject is that name unless it says another. */
  readonly accounts: Map<string, Readonly<Record<string, unknown>>>;
  /** Logs in and agrees, as a person with a browser does; gives the address to which that leads back in the end. */
  logIn(url: string, account: string): Promise<URL>;
  stop(): Promise<void>;
}

export const CLIENT_ID = 'runyard';
export const REDIRECT_URL = 'http://127.0.0.1:3000/v1/session/oidc/callback';

/** A real OpenID Connect provider on a free port of the loopback. Keys and secrets are made for this one. */
export async function startIdentityProvider(): Promise<TestProvider> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clientSecret = randomBytes(24).toString('base64url');
  const accounts: TestProvider['accounts'] = new Map();
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT_ID, client_secret: clientSecret, redirect_uris: [REDIRECT_URL] }],
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups', 'mail'], teams: ['teams'] },
    cookies: { keys: [randomBytes(24).toString('hex')] },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts.get(id) }) }),
  });
  server.on('request', provider.callback());
  return {
    issuer,
    clientSecret,
    accounts,
    logIn: (url, account) => logIn(url, account),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const STEPS_MAX = 20;

/** Follows redirects with the provider's cookies, and sends the forms that it shows. */
async function logIn(start: string, account: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = new URL(start);
  let form: URLSearchParams | null = null;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    if (url.href.startsWith(REDIRECT_URL)) return url;
    const answer: Response = await fetch(url, {
      redirect: 'manual',
      method: form ? 'POST' : 'GET',
      body: form,
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    const text = await answer.text();
    const location = answer.headers.get('location');
    if (location !== null) {
      url = new URL(location, url);
      form = null;
      continue;
    }
    const [, action = ''] = /<form[^>]* action="([^"]+)"/.exec(text) ?? [];
    const [, prompt = ''] = /name="prompt" value="([^"]+)"/.exec(text) ?? [];
    if (action === '') throw new Error(`the provider shows no form: ${answer.status} ${text.slice(0, 500)}`);
    url = new URL(action, url);
    form = new URLSearchParams({ prompt, login: account, password: 'any' });
  }
  throw new Error('the provider leads nowhere');
}
