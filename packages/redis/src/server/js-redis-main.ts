// A process of its own: the Redis in JavaScript, on loopback only. Arguments: the port.
// It lives as long as its parent: when the channel to it closes, it ends.
import { createRedisCommandExecutor, RedisServerState, Resp2Server } from 'js-redis-server/core';

const port = Number(process.argv[2]);
const { server } = new Resp2Server({
  server: new RedisServerState({ databaseCount: 16 }),
  executor: createRedisCommandExecutor(),
});

// Its own listen() would open the port on every interface.
server.listen({ host: '127.0.0.1', port }, () => process.stdout.write('Ready to accept connections\n'));
server.on('error', (error) => {
  process.stderr.write(`${error.message}\n`, () => process.exit(1));
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
