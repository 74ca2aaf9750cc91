import type { JsonValue } from '@runyard/domain';

/**
 * The value as YAML in one line. Every text in it is marked as unsafe: Ansible takes it as it is and renders no
 * template in it. Only ASCII is written, so that no reader of YAML refuses or changes a character.
 */
export function unsafeYaml(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return `!unsafe ${quoted(value)}`;
  if (typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(unsafeYaml).join(', ')}]`;
  const members = Object.entries(value).filter((member) => member[1] !== undefined);
  // `?` because a plain key has at most 1,024 characters.
  return `{${members.map(([key, member]) => `? ${quoted(key)} : ${unsafeYaml(member)}`).join(', ')}}`;
}

function quoted(text: string): string {
  let result = '"';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === '"' || character === '\\') result += `\\${character}`;
    else if (code >= 0x20 && code < 0x7f) result += character;
    // Half of a surrogate pair is no character: it cannot be passed on.
    else result += `\\U${(code >= 0xd800 && code <= 0xdfff ? 0xfffd : code).toString(16).padStart(8, '0')}`;
  }
  return `${result}"`;
}
