import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AppError,
  type Credential,
  type Device,
  type JsonObject,
  type Service,
  type ServiceType,
  type Task,
} from '@runyard/domain';
import { createSshCommand, type SshCommandOptions } from '../src/ssh-command/ssh-command.ts';
import { sampleTask } from './sample-task.ts';
import { type SshServer, type SshServerOptions, startSshServer } from './ssh-server.ts';

export const admin: Credential = { name: 'lab', username: 'admin', password: 'secret' };

/** Settings for a server that answers each command with its text. */
export const echo = { commands: ['hello'] };

/** The service type with a folder of its own, for one test. */
export interface SshBench {
  readonly folder: string;
  readonly knownHostsFile: string;
  readonly type: ServiceType;
  /** Everything that has to be stopped; last in, first out. */
  readonly afterwards: (work: () => unknown) => void;
  /** Starts a server that is stopped with the bench. */
  readonly serve: (options?: SshServerOptions) => Promise<SshServer>;
  readonly close: () => Promise<void>;
}

export async function startSshBench(options: Partial<SshCommandOptions> = {}): Promise<SshBench> {
  const folder = await mkdtemp(join(tmpdir(), 'runyard-ssh-'));
  const knownHostsFile = join(folder, 'known_hosts');
  const type = createSshCommand({ knownHostsFile, ...options });
  const works: (() => unknown)[] = [];
  return {
    folder,
    knownHostsFile,
    type,
    afterwards: (work) => works.push(work),
    serve: async (serverOptions) => {
      const server = await startSshServer(serverOptions);
      works.push(() => server.close());
      return server;
    },
    close: async () => {
      await type.stop();
      for (const work of works.reverse()) await work();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function deviceAt(port: number, more: Partial<Device> = {}): Device {
  return { name: 'r1', address: '127.0.0.1', port, cluster: 'default', ssh: { hostKey: 'off' }, ...more };
}

export function sshTask(
  device: Device,
  settings: JsonObject,
  more: Partial<Omit<Task, 'service'>> = {},
  service: Partial<Service> = {},
): ReturnType<typeof sampleTask> {
  return sampleTask(settings, { device, credential: admin, ...more }, service);
}

/** The reason with which an engine ends an attempt that takes too long. */
export function timeoutReason(): AppError {
  return new AppError('DEVICE_TIMEOUT', 'The device took longer than 30 s');
}
