import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type Installation,
  isSignedWith,
  needs,
  type Receiver,
  startInstallation,
  startReceiver,
  untilEnded,
  waitFor,
} from '@runyard/testkit';

const SECRET = 'known to the receiver too';

let runyard: Installation;
let receiver: Receiver;

afterEach(async () => {
  await runyard.stop();
  await receiver.stop();
});

needs(describe, 'redis-server')('kill -9 of the gateway between the end of a run and its delivery', () => {
  it('has the receiver told all the same, under the same id', async () => {
    receiver = await startReceiver();
    // Whatever the gateway sends now is never answered.
    receiver.answer = () => null;
    runyard = await startInstallation({
      workers: ['default'],
      env: { RUNYARD_CALLBACK_SECRET: SECRET, RUNYARD_CALLBACK_ALLOW_CIDRS: '127.0.0.0/8' },
    });
    const { client } = runyard;
    await client.catalog.apply({
      catalog: { devices: [{ name: 'd1', address: '127.0.0.1' }], services: [{ name: 'noop', type: 'no-op' }] },
    });
    const request = { service: 'noop', devices: ['d1'], callbackUrl: `${receiver.url}/done` };
    const { id } = await client.runs.create(request);
    expect(await untilEnded(client, id)).toBe('succeeded');
    await waitFor(() => receiver.messages.length === 1);
    runyard.gateways[0]?.process.signal('SIGKILL');
    await waitFor(() => runyard.gateways[0]?.process.isAlive() === false);

    receiver.answer = () => 200;
    const { url } = await runyard.startGateway();
    await waitFor(() => receiver.messages.length === 2, { timeoutMs: 60_000 });
    const [first, second] = receiver.messages;
    expect(second?.text).toBe(first?.text);
    expect(second?.json).toMatchObject({ event: 'succeeded', deliveryId: `${id}-0`, run: { id, state: 'succeeded' } });
    expect(second && isSignedWith(SECRET, second)).toBe(true);
    const deliveries = async () => {
      const headers = { authorization: runyard.authorization };
      return (await fetch(`${url}/v1/runs/${id}/deliveries`, { headers })).json();
    };
    await waitFor(async () => JSON.stringify(await deliveries()).includes('"delivered"'));
    expect(await deliveries()).toMatchObject({ items: [{ state: 'delivered', attempts: 1, status: 200 }] });
  });
});
