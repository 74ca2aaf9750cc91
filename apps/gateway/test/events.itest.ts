import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@runyard/testkit';
import { basicLogin, startGateway, type TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

interface Seen {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

const authorization = basicLogin('ada:secret');

/** Reads the stream to its end. */
async function read(path: string, headers: Record<string, string> = {}): Promise<Seen[]> {
  const answer = await fetch(gateway.url + path, { headers: { authorization, ...headers } });
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  return (await answer.text())
    .split('\n\n')
    .filter((block) => block.startsWith('id: '))
    .map((block) => {
      const [id, event, data] = block.split('\n').map((line) => line.slice(line.indexOf(': ') + 2));
      return { id: id ?? '', event: event ?? '', data: JSON.parse(data ?? '') };
    });
}

async function accepted(devices: readonly string[]): Promise<string> {
  const { json } = await gateway.call('/v1/runs', { json: { service: 'show', devices } });
  return json.links.events;
}

describe('the events of a run', () => {
  it('tell each device and the run as it changes, and then that it ended', async () => {
    const path = await accepted(['d1', 'd2']);
    const reading = read(path);
    await waitFor(() => gateway.events.waiters > 0);
    await gateway.work();
    const seen = await reading;
    expect(seen[0]).toMatchObject({ event: 'run', data: { state: 'queued', counts: { total: 2 } } });
    expect(seen.filter(({ event }) => event === 'device').map(({ data }) => data['name'])).toEqual(['d1', 'd2']);
    expect(seen.at(-2)).toMatchObject({ event: 'run', data: { state: 'succeeded' } });
    expect(seen.at(-1)).toMatchObject({ event: 'end', data: { state: 'succeeded' } });
  });

  it('go on after the last one that the reader had', async () => {
    const path = await accepted(['d1', 'd2', 'd3']);
    await gateway.work();
    const all = await read(path);
    const second = all.filter(({ event }) => event === 'device')[1];
    const rest = await read(path, { 'last-event-id': second?.id ?? '' });
    expect(rest.map(({ event, data }) => data['name'] ?? event)).toEqual(['d3', 'run', 'end']);
  });

  it('end at once for a reader that has them all', async () => {
    const path = await accepted(['d1']);
    await gateway.work();
    const last = (await read(path)).at(-1);
    const rest = await read(`${path}?lastEventId=${last?.id}`);
    expect(rest.map(({ event }) => event)).toEqual(['end']);
  });

  it('end when the gateway stops', async () => {
    const reading = read(await accepted(['d1']));
    await waitFor(() => gateway.events.waiters > 0);
    await gateway.stop();
    expect((await reading).map(({ event }) => event)).toEqual(['run']);
  });

  it('hold nothing after the reader has gone', async () => {
    const path = await accepted(['d1']);
    const gone = new AbortController();
    const answer = await fetch(gateway.url + path, { headers: { authorization }, signal: gone.signal });
    await waitFor(() => gateway.events.waiters > 0);
    gone.abort();
    await expect(answer.text()).rejects.toThrow('aborted');
    await waitFor(() => gateway.events.waiters === 0);
    const { text } = await gateway.call('/metrics', { login: null });
    expect(text).toContain('runyard_event_streams 0');
  });

  it('send a comment when nothing happens for a while', async () => {
    const path = await accepted(['d1']);
    const answer = await fetch(gateway.url + path, { headers: { authorization } });
    const reader = answer.body?.getReader();
    let text = '';
    await waitFor(async () => {
      gateway.clock.advance(16_000);
      for (const [id] of [...gateway.queue.slices.values()].map(({ runId }) => [runId]))
        gateway.events.changedNow(id ?? '');
      text += new TextDecoder().decode((await reader?.read())?.value);
      return text.includes(': heartbeat\n\n');
    });
    await reader?.cancel();
  });

  it('end for a reader who was disabled meanwhile, however much there is to tell', async () => {
    const path = await accepted(['d1', 'd2', 'd3']);
    const headers = { authorization: basicLogin('olga:secret') };
    const answer = await fetch(gateway.url + path, { headers });
    const reading = answer.text();
    await waitFor(() => gateway.events.waiters > 0);
    await gateway.call('/v1/users/olga', { method: 'PUT', json: { disabled: true } });
    gateway.clock.advance(15_000);
    await gateway.work();
    const text = await reading;
    expect(text).toContain('event: run');
    expect(text).not.toContain('event: device');
  });

  it('end for a reader who may not see runs any more', async () => {
    const path = await accepted(['d1']);
    const answer = await fetch(gateway.url + path, { headers: { authorization: basicLogin('olga:secret') } });
    const reading = answer.text();
    await waitFor(() => gateway.events.waiters > 0);
    await gateway.call('/v1/users/olga', { method: 'PUT', json: { roles: [] } });
    gateway.clock.advance(15_000);
    gateway.events.changedNow([...gateway.runs.records.keys()][0] ?? '');
    expect(await reading).not.toContain('event: end');
    expect(gateway.audit.entries.at(-1)).toMatchObject({ actor: 'olga', action: 'call', decision: 'denied' });
  });
});
