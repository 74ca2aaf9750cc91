import { describe, expect, it } from '@jest/globals';
import { readEvents, type ServerSentEvent } from './server-sent-events.ts';

async function read(...chunks: (string | Uint8Array)[]): Promise<{ events: ServerSentEvent[]; comments: number }> {
  const events: ServerSentEvent[] = [];
  let comments = 0;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
  }
  for await (const event of readEvents(bytes(), () => (comments += 1))) events.push(event);
  return { events, comments };
}

describe('readEvents', () => {
  it('reads type, data and id of each event', async () => {
    const { events } = await read('event: run\nid: 7\ndata: {"a":1}\n\nevent: end\ndata: {}\n\n');

    expect(events).toEqual([
      { event: 'run', id: '7', data: '{"a":1}' },
      { event: 'end', id: '7', data: '{}' },
    ]);
  });

  it('joins an event that comes in pieces, also inside a letter of several bytes', async () => {
    const bytes = new TextEncoder().encode('data: Zürich\r\n\r\n');

    const { events } = await read(bytes.slice(0, 8), bytes.slice(8, 15), bytes.slice(15));

    expect(events).toEqual([{ event: 'message', data: 'Zürich', id: undefined }]);
  });

  it('joins several lines of data and ignores events without data', async () => {
    const { events } = await read('data: one\ndata: two\n\nevent: empty\n\nretry: 5\n\n');

    expect(events).toEqual([{ event: 'message', data: 'one\ntwo', id: undefined }]);
  });

  it('tells comments apart from events', async () => {
    const { events, comments } = await read(': alive\n\n: alive\n\n');

    expect(events).toEqual([]);
    expect(comments).toBe(2);
  });

  it('gives up on a line without an end', async () => {
    const megabyte = 'x'.repeat(1024 * 1024);

    await expect(read(...Array.from({ length: 40 }, () => megabyte))).rejects.toThrow('longer than any');
  });
});
