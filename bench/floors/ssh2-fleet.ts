// Bare ssh2: connect, log in, one command, its output, end; so many devices at once. Written as well as one can: the
// key parsed once, the quickest key exchange first, no delay on small packets.
import ssh2, { type AuthenticationType, type ParsedKey } from 'ssh2';
import { answer } from '../harness/child-answers.ts';
import { keepInFlight } from '../load/in-flight.ts';

interface Fleet {
  readonly devices: readonly { readonly address: string; readonly port: number }[];
  readonly username: string;
  readonly privateKey: string;
  readonly parallel: number;
  readonly command: string;
}

const KEX = ['ecdh-sha2-nistp256', 'curve25519-sha256', 'diffie-hellman-group14-sha256'] as const;

answer({
  async run({ devices, username, privateKey, parallel, command }: Fleet) {
    const key = ssh2.utils.parseKey(privateKey);
    if (key instanceof Error) throw key;
    let answered = 0;
    const startMs = performance.now();
    await keepInFlight(devices.length, parallel, async (index) => {
      const device = devices[index];
      if (device && (await runOn(device, username, key, command)).includes('Version')) answered += 1;
    });
    return { seconds: (performance.now() - startMs) / 1_000, answered };
  },
});

function runOn(
  { address, port }: { address: string; port: number },
  username: string,
  key: ParsedKey,
  command: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    const output: Buffer[] = [];
    client.on('error', reject);
    client.on('ready', () => {
      client.setNoDelay(true);
      client.exec(command, (error, channel) => {
        if (error) {
          reject(error);
          return;
        }
        channel.on('data', (chunk: Buffer) => output.push(chunk));
        channel.stderr.resume();
        channel.on('close', () => {
          client.end();
          resolve(Buffer.concat(output).toString());
        });
      });
    });
    client.connect({
      host: address,
      port,
      username,
      readyTimeout: 60_000,
      algorithms: { kex: [...KEX] },
      // The types know only the text of a key, which ssh2 would parse again for each device.
      authHandler: [{ type: 'publickey', username, key } as unknown as AuthenticationType],
    });
  });
}
