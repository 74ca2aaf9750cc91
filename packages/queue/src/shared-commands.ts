import { batchScripts, type RedisConnection } from '@runyard/redis';

/** BullMQ's scripts of which a run needs each once: adding a job, and ending one and taking the next. */
const EACH_RUN = /^(?:add[A-Z][a-z]+Job|moveToFinished):/;

/**
 * Lets the calls of many runs share commands. Before BullMQ uses the connection, because it defines its scripts then,
 * with its version behind the name. Should it name them otherwise, each call goes out by itself.
 */
export function shareCommands(connection: RedisConnection): void {
  batchScripts(connection, (name) => EACH_RUN.test(name));
}
