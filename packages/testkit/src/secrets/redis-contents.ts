import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { isCluster, type RedisConnection } from '@runyard/redis';

type Node = Exclude<RedisConnection, { readonly isCluster: true }>;

const KEYS_AT_ONCE = 500;

/** Everything that a Redis holds, key by key: names, fields, members, and what is in there compressed. */
export async function* redisContents(
  connection: RedisConnection,
): AsyncGenerator<{ readonly key: string; readonly content: Buffer }> {
  const nodes = isCluster(connection) ? connection.nodes('master') : [connection];
  for (const node of nodes) {
    let cursor = '0';
    do {
      const [next, keys] = await node.scan(cursor, 'COUNT', KEYS_AT_ONCE);
      cursor = next;
      const types = await Promise.all(keys.map((key) => node.type(key)));
      const read = keys.map(async (key, index) => ({ key, values: await valuesOf(node, key, types[index] ?? '') }));
      for (const { key, values } of await Promise.all(read)) {
        const parts = [Buffer.from(key), ...values.flatMap((value) => [value, ...unpacked(value)])];
        yield { key, content: Buffer.concat(parts.flatMap((part) => [part, LINE])) };
      }
    } while (cursor !== '0');
  }
}

const LINE = Buffer.from('\n');

async function valuesOf(node: Node, key: string, type: string): Promise<Buffer[]> {
  switch (type) {
    case 'string':
      return [(await node.getBuffer(key)) ?? Buffer.alloc(0)];
    case 'hash': {
      const fields = Object.entries(await node.hgetallBuffer(key));
      return fields.flatMap(([name, value]) => [Buffer.from(name), value]);
    }
    case 'list':
      return node.lrangeBuffer(key, 0, -1);
    case 'set':
      return node.smembersBuffer(key);
    case 'zset':
      return node.zrangeBuffer(key, '0', '-1');
    case 'stream':
      return (await node.xrange(key, '-', '+')).flatMap(([id, fields]) =>
        [id, ...fields].map((text) => Buffer.from(text)),
      );
    // It went while we looked.
    case 'none':
      return [];
    default:
      throw new Error(`${key} is of a type that nobody looks into: ${type}`);
  }
}

/** As store and catalog compress, raw deflate and gzip; and with the header of zlib, should anybody do so. */
function unpacked(value: Buffer): Buffer[] {
  if (value.length < 3 || isText(value)) return [];
  return [inflateRawSync, inflateSync, gunzipSync].flatMap((unpack) => {
    try {
      return [unpack(value)];
    } catch {
      return [];
    }
  });
}

function isText(value: Buffer): boolean {
  const start = value.subarray(0, 64);
  return start.every((byte) => byte === 0x09 || byte === 0x0a || byte === 0x0d || (byte >= 0x20 && byte < 0x7f));
}
