/** Whose trail an entry is on: who did it, and the account that they did it for. One name space, so that one table holds both. */
export function visitorSubject(visitorId: string): string {
  return `v:${visitorId}`;
}

export function accountSubject(accountId: string): string {
  return `a:${accountId}`;
}
