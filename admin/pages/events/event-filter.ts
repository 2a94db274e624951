/** By what events can be narrowed, as the API and the address call it. */
export const eventFilterNames = [
  'type',
  'door',
  'appId',
  'visitorId',
  'accountId',
  'messageId',
  'receivedFrom',
  'receivedBefore',
] as const;
export type EventFilter = Partial<Record<(typeof eventFilterNames)[number], string>>;
