import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { AppError, type Clock, type SecretBox, type ServiceStates } from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { known } from './store-errors.ts';

const WRITE_STATE = loadScript(new URL('./lua/write-state-1.lua', import.meta.url));
const CONTENT_CHARS_MAX = 32 * 1024 * 1024;

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

export interface ServiceStatesOptions {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly secrets: SecretBox;
  readonly clock: Clock;
}

/** Compressed and sealed, because such states hold passwords. They are kept until somebody deletes them. */
export function createServiceStates({ connection, keys, secrets, clock }: ServiceStatesOptions): ServiceStates {
  defineScripts(connection, [WRITE_STATE]);
  const hashOf = (name: string) => createHash('sha256').update(name).digest('hex').slice(0, 32);
  const keyOf = (name: string) => keys.serviceState(hashOf(name));
  return {
    async read(name) {
      const sealed = await known(connection.hget(keyOf(name), 'content'));
      if (sealed === null) return null;
      return (await inflate(Buffer.from(secrets.open(sealed), 'base64'))).toString('utf8');
    },
    async write(name, content, token) {
      if (content.length > CONTENT_CHARS_MAX) {
        throw new AppError('OUTPUT_TOO_LARGE', `The state '${name}' has more than ${CONTENT_CHARS_MAX} characters.`);
      }
      const sealed = secrets.seal((await deflate(content)).toString('base64'));
      const args = [token, sealed, name, clock.nowMs()];
      // Listed first: after a crash in between there is an entry without a state, not a state that nobody finds.
      await known(connection.sadd(keys.serviceStates, hashOf(name)));
      return (await known(runScript<number>(connection, WRITE_STATE, [keyOf(name)], args))) === 1;
    },
  };
}
