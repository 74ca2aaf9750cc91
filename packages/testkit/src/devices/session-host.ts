import type { ServerChannel } from 'ssh2';
import type { CommandEvent } from './command-log.ts';
import { type DeviceFault, silencesCommands } from './device-fault.ts';
import type { Cli, CliReply, CliSession } from './platforms/cli.ts';
import type { DeviceState } from './platforms/device-state.ts';

/** What a session sees of its device and its connection. */
export interface SessionHost {
  readonly state: DeviceState;
  readonly fault: DeviceFault | null;
  begin(command: string): CommandEvent;
  /** Closes the connection once what was written is sent. */
  drop(): void;
}

const SLOW_MS = 5_000;
const INPUT_CHARS_MAX = 1 << 20;

/** Timers and input of one channel; both end with it. */
export class ChannelSession implements CliSession {
  readonly #channel: ServerChannel;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(channel: ServerChannel) {
    this.#channel = channel;
    channel.on('error', () => undefined);
    channel.on('close', () => {
      for (const timer of this.#timers) clearTimeout(timer);
    });
  }

  wait(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, durationMs);
      this.#timers.add(timer);
    });
  }

  input(): Promise<string> {
    return new Promise((resolve) => {
      let text = '';
      this.#channel.on('data', (chunk: Buffer) => {
        if (text.length < INPUT_CHARS_MAX) text += chunk.toString();
      });
      this.#channel.on('end', () => resolve(text));
    });
  }
}

/** Runs a command as the device's fault of this moment wants it; under some it never resolves. */
export async function runCommand(host: SessionHost, cli: Cli, line: string, session: CliSession): Promise<CliReply> {
  const event = host.begin(line);
  if (silencesCommands(host.fault)) return new Promise(() => undefined);
  if (host.fault?.kind === 'slow') await session.wait(host.fault.latencyMs ?? SLOW_MS);
  const reply = await cli.run(line, session);
  event.endedAtMs = Date.now();
  return reply;
}

/** Writes half of the output and breaks the connection; false when the device has no such fault. */
export function dropInstead(host: SessionHost, channel: ServerChannel, output: string): boolean {
  if (host.fault?.kind !== 'drop') return false;
  channel.write(output.slice(0, Math.floor(output.length / 2)));
  host.drop();
  return true;
}
