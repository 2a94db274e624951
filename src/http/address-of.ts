/** Where a request comes from, as far as the proxies are believed that the operator has named. */
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressList } from '../core/address-list.ts';
import { clientAddress } from '../core/client-address.ts';

/** `peer` is whoever is connected; null when that is over. */
export type AddressOf = (peer: string | null, headers: IncomingHttpHeaders) => string | null;

export function addressBehind(trustedProxies: AddressList | null): AddressOf {
  return (peer, headers) => {
    if (peer === null) return null;
    const forwarded = headers['x-forwarded-for'];
    return clientAddress(peer, typeof forwarded === 'string' ? forwarded : undefined, trustedProxies);
  };
}
