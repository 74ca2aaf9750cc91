import { isIPv6 } from 'node:net';
import { type AppError, deviceError } from '@runyard/domain';

const OUTPUT = /(\{\{.*?\}\})/s;
const IN_PATH = /^[a-z]+:\/\/[^/?#]*[/?#]/i;
const IN_AUTHORITY = /^[a-z]+:\/\/[^/?#]*$/i;
const RAW = /\|\s*raw\s*-?\}\}$/;
/** What the filter url_encode leaves, and values that need no encoding. */
const ENCODED = /^(?:[\w.~!*'():,@+-]|%[0-9a-f]{2})*$/i;
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:[/?#]|$)/i;

/**
 * Renders the address of a request. A value in host or port cannot reach into the path; a value in path or query is
 * encoded, unless url_encode did it already or the filter raw stands last: it cannot change the structure.
 * Throws TEMPLATE_INVALID, or ADDRESS_FORBIDDEN for other schemes than http and https.
 */
export function requestUrl(
  template: string,
  query: Readonly<Record<string, string | number | boolean>>,
  render: (template: string) => string,
): URL {
  if (template.includes('{%')) throw invalid('may hold {{ … }} but no {% … %}');
  let text = '';
  for (const piece of template.split(OUTPUT)) {
    text += piece.startsWith('{{') ? placed(render(piece), text, RAW.test(piece)) : piece;
  }
  const url = parse(text);
  const members = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    members.append(name, typeof value === 'string' ? render(value) : String(value));
  }
  const added = members.toString();
  if (added !== '') url.search = url.search === '' ? added : `${url.search}&${added}`;
  return url;
}

/** The value as it may stand after the text before it. */
function placed(value: string, before: string, isRaw: boolean): string {
  if (IN_PATH.test(before)) return isRaw || ENCODED.test(value) ? value : encodeURIComponent(wellFormed(value));
  if (!IN_AUTHORITY.test(before)) return value;
  if (/[/?#@\\\s]/.test(value)) throw invalid('has a value in its host that is none');
  return isIPv6(value) && !before.endsWith('[') ? `[${value}]` : value;
}

/** Without lone surrogates, which cannot be encoded. */
function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\ufffd');
}

function parse(text: string): URL {
  // The parser of URLs would silently drop or turn these.
  if (/[\s\p{Cc}\\]/u.test(text)) throw invalid('holds white space, control characters or a backslash');
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw invalid('is not an address', cause);
  }
  if (DOT_SEGMENT.test(text.split(/[?#]/, 1)[0] ?? '')) throw invalid('has a segment of dots in its path');
  return checkedUrl(url);
}

/** Also for the target of a redirect. */
export function checkedUrl(url: URL): URL {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw deviceError('ADDRESS_FORBIDDEN', `Only http and https may be called, not ${url.protocol.slice(0, 30)}`);
  }
  if (url.username !== '' || url.password !== '') throw invalid('holds user info; use `auth` and a credential');
  return url;
}

/** The address without user info and fragment, for people. */
export function shownUrl(url: URL): string {
  return `${url.origin}${url.pathname}${url.search}`;
}

function invalid(reason: string, cause?: unknown): AppError {
  return deviceError('TEMPLATE_INVALID', `The URL ${reason}`, cause);
}
