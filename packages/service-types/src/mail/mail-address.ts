import { deviceError } from '@runyard/domain';

export interface MailAddress {
  /** Empty when there is none. */
  readonly name: string;
  readonly address: string;
}

const CHARS_MAX = 254;
const LOCAL_CHARS_MAX = 64;
const NAME_CHARS_MAX = 200;
const NAMED = /^(?<name>[^<>]*)<(?<address>[^<>]*)>$/;
/** One address: nothing in it that ends it, begins another one, or is special to SMTP. */
const ADDRESS =
  /^[^\s\p{Cc}\p{Cs}@<>()[\]\\,;:"]+@[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?)*$/u;
const LINE_OR_CONTROL = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/**
 * One mailbox: `who@where` or `Name <who@where>`. Throws TEMPLATE_INVALID for anything else, such as a second address
 * or a line break, through which a value could add a recipient or a header.
 */
export function parseAddress(text: string, key: string): MailAddress {
  if (LINE_OR_CONTROL.test(text)) throw invalid(key, 'holds a line break or another control character');
  const trimmed = text.trim();
  const parts = NAMED.exec(trimmed)?.groups;
  const address = (parts?.['address'] ?? trimmed).trim();
  const name = unquoted((parts?.['name'] ?? '').trim());
  if (name.length > NAME_CHARS_MAX) throw invalid(key, `has a name of more than ${NAME_CHARS_MAX} characters`);
  const isLong = address.length > CHARS_MAX || address.indexOf('@') > LOCAL_CHARS_MAX;
  if (isLong)
    throw invalid(key, `is longer than an address may be (${LOCAL_CHARS_MAX} before the @, ${CHARS_MAX} in all)`);
  if (!ADDRESS.test(address)) throw invalid(key, 'must be one address, `who@where` or `Name <who@where>`', text);
  return { name, address };
}

function unquoted(name: string): string {
  return /^"[^"\\]*"$/.test(name) ? name.slice(1, -1) : name;
}

function invalid(key: string, problem: string, text?: string): Error {
  const shown = text === undefined ? '' : `, not '${text.slice(0, 60)}'`;
  return deviceError('TEMPLATE_INVALID', `\`${key}\` ${problem}${shown}`);
}
