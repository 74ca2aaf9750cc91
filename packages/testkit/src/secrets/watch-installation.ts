import { createHmac } from 'node:crypto';
import { closeRedis, connectRedis, isReachable, type RedisSettings } from '@runyard/redis';
import { MemoryLog } from '../fakes/memory-log.ts';
import { redisContents } from './redis-contents.ts';
import { createSecretWatch } from './secret-watch.ts';
import { watchAnswers } from './watch-answers.ts';

type Environment = Readonly<Record<string, string>>;

/** Looks for the secrets of an installation in its logs, its answers and its Redis. */
export interface InstallationWatch {
  plant(this: void, name: string, value: string): void;
  /** Gives what is to be told each line of the log of a process. */
  line(process: string): (line: string) => void;
  /** Looks into Redis, if that is still there, when all processes have stopped. Rejects when anything was found. */
  end(): Promise<void>;
}

/** Settings that are secrets. A file that holds one is none itself. */
const SECRET_SETTING = /(?:PASSWORD|SECRET|TOKEN|_KEY)$/;
/** What processes derive from the secret key, by the text that they derive it with. */
const DERIVED = ['runyard lineage', 'runyard callbacks'];

export function watchInstallation(env: Environment, isGateway: (origin: string) => boolean): InstallationWatch {
  const watch = createSecretWatch();
  for (const [name, value] of Object.entries(env)) if (SECRET_SETTING.test(name)) watch.plant(name, value);
  const secretKey = Buffer.from(env['RUNYARD_SECRET_KEY'] ?? '', 'base64');
  watch.plant('the secret key', secretKey);
  for (const purpose of DERIVED) {
    const derived = createHmac('sha256', secretKey).update(purpose).digest();
    watch.plant(`the key for '${purpose}'`, derived);
    watch.plant(`the key for '${purpose}'`, derived.toString('hex'));
  }
  const stopWatching = watchAnswers(watch, isGateway);
  const lines: (readonly [string, string])[] = [];
  return {
    plant: (name, value) => watch.plant(name, value),
    line: (process) => (line) => {
      watch.look(`the log of a ${process}`, line);
      lines.push([process, line]);
      if (lines.length > LINES_MAX) lines.shift();
    },
    async end() {
      stopWatching();
      // Once more, for what became known only after the line was written: a key is logged before its answer is here.
      for (const [process, line] of lines) watch.look(`the log of a ${process}`, line);
      await lookIntoRedis(redisOf(env), (place, content) => watch.look(place, content));
      watch.assertNothingFound();
    },
  };
}

const LINES_MAX = 5_000;

function redisOf(env: Environment): RedisSettings {
  const { RUNYARD_REDIS_URL: url = '', RUNYARD_REDIS_USERNAME: username, RUNYARD_REDIS_PASSWORD: password } = env;
  const caFile = env['RUNYARD_REDIS_CA'];
  return {
    url,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(caFile === undefined ? {} : { caFile }),
  };
}

/** A Redis that a test has killed holds nothing that could be looked at. */
async function lookIntoRedis(settings: RedisSettings, look: (place: string, content: Buffer) => void): Promise<void> {
  if (!(await isReachable(settings))) return;
  const connection = await connectRedis(settings, 'background', new MemoryLog());
  // A command to a server of a Cluster that is dead or about to be would wait for it for ever.
  const late = setTimeout(() => connection.disconnect(), LOOK_MS_MAX);
  try {
    for await (const { key, content } of redisContents(connection)) look(`the Redis key ${key}`, content);
  } finally {
    clearTimeout(late);
    await closeRedis(connection);
  }
}

const LOOK_MS_MAX = 30_000;
