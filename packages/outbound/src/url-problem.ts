import { isIP } from 'node:net';
import type { AddressPolicy } from './address-policy.ts';

/**
 * What is wrong with an address that is to be called later; null when nothing can be said against it now. A name is
 * looked up when it is called, and the policy is asked again then.
 */
export function urlProblem(text: string, policy: AddressPolicy): string | null {
  if (!URL.canParse(text)) return 'must be an address such as https://host/path';
  const { protocol, hostname, username, password } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return 'must begin with http:// or https://';
  if (username !== '' || password !== '') return 'must not hold a user or a password';
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const address = host === 'localhost' || host.endsWith('.localhost') ? '127.0.0.1' : host;
  if (isIP(address) === 0 || policy.allows(address)) return null;
  return `must not lead to ${host}, which may not be called from here`;
}
