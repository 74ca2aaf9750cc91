import type { CorsRule, EndpointMethod } from '@runyard/domain';
import type { Request, Response } from 'express';

/** From where a browser sends a call: programs count as `own`. */
export type Site =
  | 'own'
  /** A page of an origin that the rule names. */
  | 'named'
  /** A page of another site, where the rule has `*`. */
  | 'any'
  /** A page of another site, which nobody let in. */
  | 'other';

const HEADERS_ALLOWED = 'authorization, content-type, idempotency-key, x-time-zone, prefer';
const HEADERS_SHOWN = 'location, retry-after, x-request-id, idempotency-replayed, preference-applied';
const PREFLIGHT_SECONDS = 600;

/** From where the call comes, by the headers that a browser sets and no page can change. */
export function siteOf(request: Request, rule: CorsRule | undefined): Site {
  const { origin, 'sec-fetch-site': fetchSite } = request.headers;
  const others = rule?.origins.includes('*') ? 'any' : 'other';
  // Without an origin it is an image, a link or the like; the browser says whether it stands on a page of ours.
  if (origin === undefined) return fetchSite === 'cross-site' || fetchSite === 'same-site' ? others : 'own';
  if (URL.canParse(origin) && new URL(origin).host === request.host) return 'own';
  return rule?.origins.includes(origin.toLowerCase()) ? 'named' : others;
}

/** Lets pages of the origins of the rule read the answer, be it an error. Called before anything is answered. */
export function showTo(request: Request, response: Response, rule: CorsRule | undefined): void {
  if (!rule) return;
  response.vary('Origin');
  const { origin } = request.headers;
  if (origin === undefined) return;
  const site = siteOf(request, rule);
  if (site === 'named') {
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Allow-Credentials', 'true');
  } else if (site === 'any') response.setHeader('Access-Control-Allow-Origin', '*');
  else return;
  response.setHeader('Access-Control-Expose-Headers', HEADERS_SHOWN);
}

/** What a browser asks before it lets a page call: which methods and headers it may use. After `showTo`. */
export function answerPreflight(request: Request, response: Response, methods: readonly EndpointMethod[]): void {
  const isAllowed = response.hasHeader('Access-Control-Allow-Origin');
  if (!isAllowed || request.headers['access-control-request-method'] === undefined) return;
  response.setHeader('Access-Control-Allow-Methods', methods.join(', '));
  response.setHeader('Access-Control-Allow-Headers', HEADERS_ALLOWED);
  response.setHeader('Access-Control-Max-Age', String(PREFLIGHT_SECONDS));
}
