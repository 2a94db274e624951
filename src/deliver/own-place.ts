/** Asks the machine for its addresses, for own-address.ts. They change while the server runs, so they are asked for each time. */
import { networkInterfaces } from 'node:os';
import { isOwn, type OwnPlace } from '../core/own-address.ts';

/** Whether this server listens at a host and port; `place` may be filled in once that is known. */
export function ownPlace(place: Readonly<OwnPlace>): (host: string, port: number) => boolean {
  return (host, port) => isOwn(host, port, place, localAddresses);
}

function localAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}
