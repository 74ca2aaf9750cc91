import type { Dispatcher } from 'undici';
import type { RequestContent } from './request-content.ts';
import { checkedUrl } from './request-url.ts';

export interface ExchangeRequest extends RequestContent {
  readonly method: Dispatcher.HttpMethod;
  readonly url: URL;
}

export interface ExchangeAnswer {
  readonly request: ExchangeRequest;
  readonly response: Dispatcher.ResponseData;
}

/** A request as the service wants it, and what we add to it: asked anew for each origin that it gets to. */
export interface FirstRequest {
  readonly request: ExchangeRequest;
  readonly headersFor: (origin: string) => Readonly<Record<string, string>>;
}

/** All that another origin gets to see of the headers. */
const HEADERS_FOR_OTHERS = ['accept', 'accept-encoding', 'content-type'];
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Sends a request and follows redirects, as many as allowed; each hop connects through the same dispatcher. */
export async function exchange(
  first: FirstRequest,
  dispatcher: Dispatcher,
  redirectsMax: number,
  signal: AbortSignal,
): Promise<ExchangeAnswer> {
  let { request } = first;
  for (let redirects = 0; ; redirects++) {
    const { method, url, body } = request;
    const headers = { ...request.headers, ...first.headersFor(url.origin) };
    const path = `${url.pathname}${url.search}`;
    const response = await dispatcher.request({ origin: url.origin, path, method, headers, body, signal });
    const target = redirects < redirectsMax ? redirectTarget(response, url) : null;
    if (target === null) return { request, response };
    response.body.on('error', () => undefined).destroy();
    request = redirected(request, response.statusCode, target);
  }
}

function redirectTarget(response: Dispatcher.ResponseData, from: URL): URL | null {
  const { location } = response.headers;
  if (!REDIRECTS.has(response.statusCode) || typeof location !== 'string' || !URL.canParse(location, from.href))
    return null;
  return checkedUrl(new URL(location, from));
}

/** As browsers do: 303 always, and 301 and 302 after POST, become GET; another origin gets no credentials. */
function redirected({ method, url, headers, body }: ExchangeRequest, status: number, target: URL): ExchangeRequest {
  const becomesGet = (status === 303 && method !== 'HEAD') || (status < 303 && method === 'POST');
  const isSameOrigin = target.origin === url.origin;
  const kept = Object.entries(headers).filter(
    ([name]) => (isSameOrigin || HEADERS_FOR_OTHERS.includes(name)) && !(becomesGet && name === 'content-type'),
  );
  return {
    method: becomesGet ? 'GET' : method,
    url: target,
    headers: Object.fromEntries(kept),
    body: becomesGet ? null : body,
  };
}
