import { isAppError, type SealedStates } from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import type { Keys } from './keys.ts';
import type { RotatingSecretBox } from './secret-box.ts';
import { known } from './store-errors.ts';

const PEEK_STATE = loadScript(new URL('./lua/peek-state-1.lua', import.meta.url));
const RESEAL_STATE = loadScript(new URL('./lua/reseal-state-1.lua', import.meta.url));
const PAGE = 50;

export interface StateSealsOptions {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly secrets: RotatingSecretBox;
}

/** Seals what services keep between their runs with the newest key, one state after the other. */
export function createStateSeals({ connection, keys, secrets }: StateSealsOptions): SealedStates {
  defineScripts(connection, [PEEK_STATE, RESEAL_STATE]);

  async function reseal(hash: string): Promise<'resealed' | 'current' | 'gone' | 'unreadable'> {
    const key = keys.serviceState(hash);
    const begin = await known(runScript<string | null>(connection, PEEK_STATE, [key], []));
    if (begin === null) return 'gone';
    if (secrets.isCurrent(begin)) return 'current';
    const sealed = await known(connection.hget(key, 'content'));
    if (sealed === null) return 'gone';
    let anew: string;
    try {
      anew = secrets.seal(secrets.open(sealed));
    } catch (error) {
      if (isAppError(error)) return 'unreadable';
      throw error;
    }
    const written = await known(runScript<number>(connection, RESEAL_STATE, [key], [sealed, anew]));
    return written === 1 ? 'resealed' : 'current';
  }

  return {
    async reseal(cursor) {
      const [next, hashes] = await known(connection.sscan(keys.serviceStates, cursor ?? '0', 'COUNT', PAGE));
      const answer = { resealed: 0, current: 0, unreadable: [] as string[], cursor: next === '0' ? null : next };
      for (const hash of new Set(hashes)) {
        const outcome = await reseal(hash);
        if (outcome === 'gone') await known(connection.srem(keys.serviceStates, hash));
        else if (outcome === 'unreadable') {
          answer.unreadable.push((await known(connection.hget(keys.serviceState(hash), 'name'))) ?? hash);
        } else answer[outcome] += 1;
      }
      return answer;
    },
  };
}
