import { plantRequestSecrets } from './request-secrets.ts';
import type { SecretWatch } from './secret-watch.ts';

/** Calls whose answer shows a key or token, this once. */
const SHOWING: ReadonlySet<string> = new Set(['POST /v1/api-keys', 'POST /login', 'POST /oauth/token']);
/** A secret may be cut by the end of a chunk: so many bytes of it are looked at again with the next one. */
const CARRIED_BYTES = 1_024;

/**
 * From now on looks at every answer of the gateways that comes to a `fetch` of this test file, and plants the secrets
 * that requests give them. Gives what ends that.
 */
export function watchAnswers(watch: SecretWatch, isGateway: (origin: string) => boolean): () => void {
  const original = globalThis.fetch;
  const watched: typeof fetch = async (input, init) => {
    const address = input instanceof Request ? input.url : String(input);
    const { origin, pathname } = new URL(address);
    if (!isGateway(origin)) return original(input, init);
    plantRequestSecrets(watch, pathname, init?.body);
    const call = `${init?.method ?? 'GET'} ${pathname}`;
    return looked(watch, call, await original(input, init));
  };
  globalThis.fetch = watched;
  return () => {
    if (globalThis.fetch === watched) globalThis.fetch = original;
  };
}

/** The same answer; its body is looked at as the test reads it. */
function looked(watch: SecretWatch, call: string, response: Response): Response {
  const options = { byForm: !SHOWING.has(call) };
  const place = `the answer to ${call}`;
  // The cookie of a session is the one place where its token is.
  const headers = [...response.headers].filter(([name]) => name !== 'set-cookie');
  watch.look(`the headers of ${place}`, JSON.stringify(headers));
  if (!response.body) return response;
  let carried = Buffer.alloc(0);
  const looking = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      const seen = Buffer.concat([carried, chunk]);
      watch.look(place, seen, options);
      carried = seen.subarray(-CARRIED_BYTES);
      controller.enqueue(chunk);
    },
  });
  const { status, statusText, url } = response;
  const same = new Response(response.body.pipeThrough(looking), { status, statusText, headers: response.headers });
  return Object.defineProperty(same, 'url', { value: url });
}
