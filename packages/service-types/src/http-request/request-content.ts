import type { HttpRequestSettings } from '@runyard/contracts';
import { type AppError, type Credential, deviceError, isJsonObject } from '@runyard/domain';

export interface RequestContent {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

type Render = (template: string) => string;

/** What belongs to the connection and not to the request. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const JSON_DEPTH_MAX = 64;

/** Renders body and headers. Throws TEMPLATE_INVALID, or CREDENTIAL_NOT_FOUND when `auth` has nothing to give. */
export function requestContent(
  settings: HttpRequestSettings,
  credential: Credential | null,
  render: Render,
): RequestContent {
  const headers = new Map<string, string>([['accept-encoding', 'identity']]);
  let body: string | null = null;
  if (settings.json !== undefined) {
    headers.set('content-type', 'application/json');
    headers.set('accept', 'application/json');
    body = JSON.stringify(renderDeep(settings.json, render, 0));
  } else if (settings.body !== undefined) {
    headers.set('content-type', 'text/plain; charset=utf-8');
    body = render(settings.body);
  }
  for (const [name, template] of Object.entries(settings.headers ?? {})) {
    headers.set(name.toLowerCase(), headerValue(name, render(template)));
  }
  const authorization = authorizationOf(settings.auth ?? 'none', credential);
  if (authorization !== null) headers.set('authorization', authorization);
  return { headers: Object.fromEntries(headers), body };
}

function headerValue(name: string, value: string): string {
  if (CONNECTION_HEADERS.has(name.toLowerCase())) throw invalid(`The header ${name} cannot be set`);
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value;
  throw invalid(`The header ${name} would hold a line break or another character that no header may hold`);
}

function authorizationOf(auth: 'none' | 'basic' | 'bearer', credential: Credential | null): string | null {
  switch (auth) {
    case 'none':
      return null;
    case 'basic': {
      if (credential?.username === undefined) throw missing('user name');
      const pair = `${credential.username}:${credential.password ?? ''}`;
      return `Basic ${Buffer.from(pair).toString('base64')}`;
    }
    case 'bearer':
      if (credential?.token === undefined) throw missing('token');
      if (/^[\x21-\x7e]+$/.test(credential.token)) return `Bearer ${credential.token}`;
      throw deviceError('CREDENTIAL_NOT_FOUND', 'The token of the credential holds characters that no header may hold');
  }
}

function renderDeep(value: unknown, render: Render, depth: number): unknown {
  if (typeof value === 'string') return render(value);
  if (depth > JSON_DEPTH_MAX) throw invalid(`The JSON body is nested deeper than ${JSON_DEPTH_MAX} levels`);
  if (Array.isArray(value)) return value.map((item) => renderDeep(item, render, depth + 1));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renderDeep(item, render, depth + 1)]));
}

function missing(what: string): AppError {
  return deviceError('CREDENTIAL_NOT_FOUND', `There is no credential with a ${what} to authenticate with`);
}

function invalid(message: string): AppError {
  return deviceError('TEMPLATE_INVALID', message);
}
