import { lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import type { Agent, buildConnector, Dispatcher } from 'undici';
import type { AddressPolicy } from './address-policy.ts';
import { checkedLookup, type ResolveName } from './checked-lookup.ts';

const CONNECT_MS_MAX = 10_000;
const IDLE_MS_MAX = 5_000;
/** Further requests to the same origin wait for a connection. */
const CONNECTIONS_PER_ORIGIN_MAX = 64;
const HEADER_BYTES_MAX = 32 * 1024;

/** Connections that are kept for the next request, a set for each way of treating certificates. */
export interface Connections {
  dispatcher(verifyTls: boolean): Promise<Dispatcher>;
  close(): Promise<void>;
}

/**
 * The policy is asked for the very address that is connected to, so a name that resolves differently the second time
 * cannot pass. Redirects and kept connections go through the same door.
 */
export function createConnections(policy: AddressPolicy, resolve: ResolveName = systemLookup): Connections {
  const agents = new Map<boolean, Agent>();
  return {
    async dispatcher(verifyTls) {
      const known = agents.get(verifyTls);
      if (known) return known;
      // With the first request only: the library takes 3 MB, and many a process never makes one.
      const { Agent, buildConnector } = await import('undici');
      const madeMeanwhile = agents.get(verifyTls);
      if (madeMeanwhile) return madeMeanwhile;
      const connect = buildConnector({
        rejectUnauthorized: verifyTls,
        timeout: CONNECT_MS_MAX,
        lookup: checkedLookup(policy, resolve),
      });
      const agent = new Agent({
        connect: checkedConnector(policy, connect),
        connections: CONNECTIONS_PER_ORIGIN_MAX,
        keepAliveTimeout: IDLE_MS_MAX,
        maxHeaderSize: HEADER_BYTES_MAX,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      agents.set(verifyTls, agent);
      return agent;
    },
    async close() {
      const open = [...agents.values()];
      agents.clear();
      await Promise.all(open.map((agent) => agent.destroy()));
    },
  };
}

function checkedConnector(policy: AddressPolicy, connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) => {
    // An address in the URL is connected to without a look-up.
    const isRefused = isIP(options.hostname) !== 0 && !policy.allows(options.hostname);
    if (isRefused) callback(policy.forbidden(options.hostname), null);
    else connect(options, callback);
  };
}
