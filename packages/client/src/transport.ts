import { ClientError, errorOfAnswer, errorOfConnection } from './client-error.ts';

export type Login =
  | { readonly authorization: string }
  | { readonly username: string; readonly password: string }
  | { readonly apiKey: string };

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface TransportOptions {
  readonly url: string;
  readonly login: Login | undefined;
  readonly fetch: Fetch;
  /** Waits between two tries. */
  readonly sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>;
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, with its media type. */
  readonly content?: { readonly type: string; readonly text: string };
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Until the answer's headers and body are there. */
  readonly timeoutMs?: number;
}

interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface Transport {
  /** Rejects with a ClientError; only a GET is tried again, when it did not get through. */
  call<Body>(call: Call): Promise<Answer<Body>>;
  /** The open answer of a GET, for streams: one try, no time limit on the body. */
  open(call: Call): Promise<Response>;
}

const TIMEOUT_MS = 60_000;
const TRIES_MAX = 4;
const DELAY_MS = 200;
/** A gateway that wants a longer pause gets its error passed on instead. */
const RETRY_AFTER_MAX_SECONDS = 20;

export function createTransport(options: TransportOptions): Transport {
  const { origin, login } = readUrl(options);
  const authorization = login && authorizationOf(login);

  function send(call: Call, signal: AbortSignal | undefined): Promise<Response> {
    const url = `${origin}${call.path}${queryText(call.query)}`;
    return options.fetch(url, {
      method: call.method ?? 'GET',
      headers: {
        accept: 'application/json',
        ...contentType(call),
        ...(authorization && { authorization }),
        ...call.headers,
      },
      body: call.content?.text ?? (call.body === undefined ? null : JSON.stringify(call.body)),
      signal: signal ?? null,
    });
  }

  async function once<Body>(call: Call): Promise<Answer<Body>> {
    const limit = AbortSignal.timeout(call.timeoutMs ?? TIMEOUT_MS);
    const signal = call.signal ? AbortSignal.any([call.signal, limit]) : limit;
    const answer = await connect(call, signal);
    try {
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, body: (text ? JSON.parse(text) : null) as Body };
    } catch (error) {
      if (call.signal?.aborted) throw call.signal.reason;
      if (!(error instanceof SyntaxError)) throw errorOfConnection(error, origin);
      const detail = `${origin} answered with something that is not JSON. Is it a Runyard gateway?`;
      throw new ClientError({ code: 'ANSWER_UNEXPECTED', status: answer.status, detail, cause: error });
    }
  }

  async function connect(call: Call, signal: AbortSignal | undefined): Promise<Response> {
    let answer: Response;
    try {
      answer = await send(call, signal);
    } catch (error) {
      if (call.signal?.aborted) throw call.signal.reason;
      throw errorOfConnection(error, origin);
    }
    // 304 is a good answer to a conditional GET.
    if (!answer.ok && answer.status !== 304) throw await errorOfAnswer(answer, origin);
    return answer;
  }

  return {
    async call<Body>(call: Call): Promise<Answer<Body>> {
      for (let tries = 1; ; tries += 1) {
        try {
          return await once<Body>(call);
        } catch (error) {
          const delayMs =
            (call.method ?? 'GET') === 'GET' && tries < TRIES_MAX ? retryDelayMs(error, tries) : undefined;
          if (delayMs === undefined) throw error;
          await options.sleep(delayMs, call.signal);
        }
      }
    },
    open: (call) => connect(call, call.signal),
  };
}

/** Milliseconds until the next try, or undefined when another try would not help. */
function retryDelayMs(error: unknown, tries: number): number | undefined {
  if (!(error instanceof ClientError)) return undefined;
  if (error.code === 'UNREACHABLE') return DELAY_MS * 2 ** (tries - 1);
  if (error.status !== 429 && error.status !== 503) return undefined;
  const { retryAfter } = error;
  return retryAfter === undefined || retryAfter > RETRY_AFTER_MAX_SECONDS ? undefined : retryAfter * 1000;
}

/** A login inside the URL counts when none is given beside it; fetch itself would refuse such a URL. */
function readUrl({ url, login }: TransportOptions): { origin: string; login: Login | undefined } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new ClientError({ code: 'UNREACHABLE', status: 0, detail: `'${url}' is not an http or https address.` });
  }
  const inUrl = parsed.username
    ? { username: decodeURIComponent(parsed.username), password: decodeURIComponent(parsed.password) }
    : undefined;
  return { origin: `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`, login: login ?? inUrl };
}

function authorizationOf(login: Login): string {
  if ('authorization' in login) return login.authorization;
  if ('apiKey' in login) return `Bearer ${login.apiKey}`;
  const bytes = new TextEncoder().encode(`${login.username}:${login.password}`);
  return `Basic ${btoa(String.fromCodePoint(...bytes))}`;
}

function contentType({ body, content }: Call): Record<string, string> {
  if (content) return { 'content-type': content.type };
  return body === undefined ? {} : { 'content-type': 'application/json' };
}

function queryText(query: Query | undefined): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.append(name, String(value));
  }
  return search.size === 0 ? '' : `?${search.toString()}`;
}
