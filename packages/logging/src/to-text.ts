interface DescribedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly cause?: unknown;
}

/** A line for people: `12:00:01 info  gateway  message key=value`, stacks of errors below it. Time of the machine. */
export function toText(record: Readonly<Record<string, unknown>>): string {
  const { time, level, service, message, ...fields } = record;
  const at = new Date(String(time)).toTimeString().slice(0, 8);
  const head = `${at} ${String(level).padEnd(5)} ${readable(String(service))}  ${readable(String(message))}`;
  const entries = Object.entries(fields);
  const pairs = entries.map(([key, value]) => ` ${readable(key)}=${shown(value)}`);
  const stacks = entries.flatMap(([, value]) => (isDescribedError(value) ? stackLines(value) : []));
  return [head + pairs.join(''), ...stacks].join('\n');
}

function shown(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"'=]+$/.test(value) ? readable(value) : readable(JSON.stringify(value));
  if (isDescribedError(value)) return readable(JSON.stringify(`${value.name}: ${value.message}`));
  return readable(JSON.stringify(value) ?? '');
}

function stackLines(error: DescribedError): string[] {
  const own = error.stack.split('\n').map((line) => `    ${readable(line)}`);
  return isDescribedError(error.cause) ? [...own, '    caused by', ...stackLines(error.cause)] : own;
}

function isDescribedError(value: unknown): value is DescribedError {
  return typeof value === 'object' && value !== null && 'stack' in value && typeof value.stack === 'string';
}

/** Without control characters: a device or a caller must not be able to fake lines or to steer the terminal. */
function readable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
