/** One event of a `text/event-stream`. */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string | undefined;
}

/** A line longer than this is no event of ours. */
const LINE_MAX = 32 * 1024 * 1024;

/** Reads the events of a stream as they come; comments, such as heartbeats, call `onComment`. */
export async function* readEvents(
  body: AsyncIterable<Uint8Array>,
  onComment: () => void = () => {},
): AsyncGenerator<ServerSentEvent> {
  let event = 'message';
  let data: string[] = [];
  let id: string | undefined;
  for await (const line of readLines(body)) {
    if (line === '') {
      if (data.length > 0) yield { event, data: data.join('\n'), id };
      event = 'message';
      data = [];
      continue;
    }
    if (line.startsWith(':')) {
      onComment();
      continue;
    }
    const [field, value] = splitField(line);
    if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
    else if (field === 'id') id = value;
  }
}

function splitField(line: string): [string, string] {
  const colon = line.indexOf(':');
  if (colon < 0) return [line, ''];
  const value = line.slice(colon + 1);
  return [line.slice(0, colon), value.startsWith(' ') ? value.slice(1) : value];
}

async function* readLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let length = 0;
  for await (const chunk of body) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    parts.push(first);
    length += first.length;
    if (length > LINE_MAX) throw new Error('an event is longer than any that a gateway sends');
    for (const next of others) {
      const line = parts.join('');
      yield line.endsWith('\r') ? line.slice(0, -1) : line;
      parts = [next];
      length = next.length;
    }
  }
}
