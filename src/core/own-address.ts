/**
 * Where this server itself is, which no webhook may post to: an event that comes back as an event is sent again, and that
 * does not end. It is known by its port on every address of the machine, and by the URL at which the operator says that it is
 * reached from outside.
 */
import { hostOf, portOf } from './address.ts';
import { addressList } from './address-list.ts';
import { embeddedIpv4 } from './ipv6.ts';

export interface OwnPlace {
  /** Where it listens; 0 while it does not yet. */
  port: number;
  /** Null when nobody has said it. */
  publicUrl: string | null;
}

/** `localAddresses` are those of the machine's network interfaces, asked for only when the port is ours. */
export function isOwn(host: string, port: number, place: OwnPlace, localAddresses: () => readonly string[]): boolean {
  const publicUrl = place.publicUrl === null ? null : new URL(place.publicUrl);
  if (publicUrl !== null && hostOf(publicUrl) === host && portOf(publicUrl) === port) return true;
  if (port !== place.port) return false;
  const address = embeddedIpv4(host) ?? host;
  return alwaysLocal.has(host) || alwaysLocal.has(address) || addressList(localAddresses()).has(address);
}

/** Loopback, and the addresses that mean any of one's own. */
const alwaysLocal = addressList(['127.0.0.0/8', '0.0.0.0', '::1', '::']);
