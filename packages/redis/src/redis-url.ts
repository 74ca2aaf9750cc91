/** What an address of Redis says. */
export interface RedisAddress {
  readonly kind: 'standalone' | 'sentinel' | 'cluster';
  readonly tls: boolean;
  /** Servers, or Sentinels; at least one. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly username?: string;
  readonly password?: string;
  /** Of a standalone server; 0 elsewhere. */
  readonly db: number;
  /** What Sentinels call the set. */
  readonly name: string;
}

const PORTS = { standalone: 6379, sentinel: 26379, cluster: 6379 } as const;

/** Takes an address apart that was found valid by the settings. Never throws: what is missing is the default. */
export function parseRedisUrl(url: string): RedisAddress {
  const [, s = '', kindName, login, hosts = '', path = ''] =
    /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?#]*)(?:\/([^?#]*))?/.exec(url) ?? [];
  const kind = (kindName ?? 'standalone') as RedisAddress['kind'];
  const [username, ...password] = login?.split(':') ?? [];
  return {
    kind,
    tls: s !== '',
    nodes: hosts.split(',').map((host) => parseNode(host, PORTS[kind])),
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password.length > 0 ? { password: decodeURIComponent(password.join(':')) } : {}),
    db: kind === 'standalone' ? Number(path) || 0 : 0,
    name: path || 'mymaster',
  };
}

function parseNode(text: string, defaultPort: number): { host: string; port: number } {
  const [, v6, host, port] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? [];
  return { host: v6 ?? (host || '127.0.0.1'), port: port === undefined ? defaultPort : Number(port) };
}
