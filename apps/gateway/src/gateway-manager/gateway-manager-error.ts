import type { Problem } from '@runyard/domain';

export interface GatewayManagerError {
  readonly domain: 'gateway_manager';
  readonly message: string;
}

/** Wrong places that a message names. */
const PLACES_MAX = 10;

/** The error of the Gateway Manager API: everything there is to say stands in its one text. */
export function gatewayManagerError({ detail, errors = [] }: Problem): GatewayManagerError {
  return { domain: 'gateway_manager', message: withPlaces(detail, errors) };
}

/** A text with the wrong places behind it. */
export function withPlaces(text: string, errors: Problem['errors'] = []): string {
  const [first] = errors;
  // The text of a body with one mistake tells the place already.
  if (!first || (errors.length === 1 && text.includes(first.message))) return text;
  const places = errors.slice(0, PLACES_MAX).map(({ path, message }) => `${path} ${message}`.trim());
  const more = errors.length - places.length;
  return `${text} ${places.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
