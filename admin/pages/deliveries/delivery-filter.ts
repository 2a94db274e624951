/** By what deliveries can be narrowed, as the API and the address call it. */
export const deliveryFilterNames = [
  'state',
  'eventType',
  'code',
  'visitorId',
  'accountId',
  'receivedFrom',
  'receivedBefore',
] as const;
export type DeliveryFilter = Partial<Record<(typeof deliveryFilterNames)[number], string>>;
