const HEADER_LENGTH_MAX = 8_192;

export type Authorization =
  | { readonly scheme: 'basic'; readonly name: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string };

/** Reads the text of an Authorization header. Null when it is neither Basic nor Bearer, or malformed. */
export function parseAuthorization(header: string): Authorization | null {
  if (header.length > HEADER_LENGTH_MAX) return null;
  const match = /^(basic|bearer) +([\w+/.~-]+={0,2}) *$/i.exec(header);
  const [, scheme = '', value = ''] = match ?? [];
  if (value === '') return null;
  if (scheme.toLowerCase() === 'bearer') return { scheme: 'bearer', token: value };
  const text = Buffer.from(value, 'base64').toString('utf8');
  // The password may hold colons, the name may not.
  const colon = text.indexOf(':');
  return colon < 1 ? null : { scheme: 'basic', name: text.slice(0, colon), password: text.slice(colon + 1) };
}
