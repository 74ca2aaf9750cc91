import { createHash } from 'node:crypto';

/** Name space of our service ids (RFC 9562, version 5); it never changes. */
const SERVICE_IDS = Buffer.from('8f0c3a5e7d214b6a9c2e51d7f6a0b384', 'hex');

/** 24 hex digits for the gateway of a cluster, the same wherever and whenever it is asked for. */
export function gatewayIdOf(cluster: string): string {
  return recordId(`gateway:${cluster}`);
}

/** The same for the service group of a cluster that holds each of its services. */
export function defaultGroupIdOf(cluster: string): string {
  return recordId(`service-group:${cluster}`);
}

/** Ids that are remembered, because looking one up goes through those of all services. */
const REMEMBERED_MAX = 50_000;
const remembered = new Map<string, string>();

/** The UUID of a service on a cluster. A cluster name holds no colon, so no two pairs share one. */
export function serviceIdOf(cluster: string, service: string): string {
  const name = `${cluster}:${service}`;
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const id = uuidOf(name);
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(name, id);
  return id;
}

/** A UUID of version 5 for any text. */
export function uuidOf(text: string): string {
  const bytes = createHash('sha1').update(SERVICE_IDS).update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function recordId(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}
