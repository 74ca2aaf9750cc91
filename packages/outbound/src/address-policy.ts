import { type AppError, deviceError } from '@runyard/domain';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

export interface AddressRules {
  /** Networks such as `127.0.0.0/8` that may be called although they are refused by default. */
  readonly allowCidrs?: readonly string[];
  /** Networks that may not be called, whatever is allowed. */
  readonly denyCidrs?: readonly string[];
  /** Addresses of the machine that calls, which are refused by default; asked each time, because interfaces come and go. */
  readonly ownAddresses?: () => readonly string[];
  /** The setting that allows more, for whoever is refused. */
  readonly setting?: string;
}

export interface AddressPolicy {
  allows(address: string): boolean;
  /** What a caller is told about an address that is refused. */
  forbidden(address: string): AppError;
}

/** Kinds of addresses that lead to the caller itself, to its neighbours on the link, or to many. */
const REFUSED_RANGES: ReadonlySet<string> = new Set([
  'unspecified',
  'loopback',
  'linkLocal',
  'multicast',
  'broadcast',
  'ipv4Mapped',
  'teredo',
]);

/** Where clouds answer with credentials, outside the link-local range. */
const METADATA_ADDRESSES = ['100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254'];

/**
 * Which addresses may be called: none of a denied network; else those of an allowed one; else everything but the
 * caller itself, its link, groups and metadata services. Private networks are allowed, because devices live there.
 * Throws a plain Error when a network cannot be read.
 */
export function createAddressPolicy({
  allowCidrs = [],
  denyCidrs = [],
  ownAddresses = () => [],
  setting,
}: AddressRules = {}): AddressPolicy {
  const allowed = allowCidrs.map(parseCidr);
  const denied = denyCidrs.map(parseCidr);
  const metadata = new Set(METADATA_ADDRESSES.map((address) => ipaddr.parse(address).toNormalizedString()));
  return {
    allows(text) {
      if (!ipaddr.isValid(text)) return false;
      const address = ipaddr.parse(text);
      const inner = embedded(address);
      if (denied.some((network) => contains(network, inner))) return false;
      if (allowed.some((network) => contains(network, inner))) return true;
      if (REFUSED_RANGES.has(address.range()) || REFUSED_RANGES.has(inner.range())) return false;
      const normalized = inner.toNormalizedString();
      return !metadata.has(normalized) && !ownAddresses().some((own) => normalizedOf(own) === normalized);
    },
    forbidden(address) {
      const hint = setting === undefined ? '' : `; the setting ${setting} can allow it`;
      return deviceError('ADDRESS_FORBIDDEN', `The address ${address} may not be called from here${hint}`);
    },
  };
}

/** True for an address of this machine itself. */
export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && embedded(ipaddr.parse(address)).range() === 'loopback';
}

/** Null for what is no address. */
function normalizedOf(address: string): string | null {
  return ipaddr.isValid(address) ? embedded(ipaddr.parse(address)).toNormalizedString() : null;
}

function parseCidr(text: string): [Address, number] {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  if (!ipaddr.isValid(text)) throw new Error(`not a network: ${text}`);
  const address = ipaddr.parse(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

function contains([network, bits]: readonly [Address, number], address: Address): boolean {
  return network.kind() === address.kind() && address.match(network, bits);
}

/** The IPv4 address inside an IPv6 one, through which a packet would leave IPv6; else the address itself. */
function embedded(address: Address): Address {
  if (address.kind() === 'ipv4') return address;
  const bytes = address.toByteArray();
  const range = address.range();
  // Mapped, translated by prefix (`64:ff9b::a.b.c.d`), and translated as in RFC 2765 (`::ffff:0:a.b.c.d`).
  if (range === 'ipv4Mapped' || range === 'rfc6052' || range === 'rfc6145')
    return ipaddr.fromByteArray(bytes.slice(12));
  if (bytes.slice(0, 12).every((byte) => byte === 0) && range === 'unicast')
    return ipaddr.fromByteArray(bytes.slice(12));
  if (range === '6to4') return ipaddr.fromByteArray(bytes.slice(2, 6));
  return address;
}
