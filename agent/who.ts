/**
 * Who the visitor is, over pages and tabs: kept on the shelf, so that somebody stays who they are, with and without a name.
 */
import { now, uniqueText } from './browser.ts';
import {
  accountIdOf,
  anonymousPrefix,
  givenId,
  type Identity,
  isAnonymous,
  metadataOf,
  readId,
  type Values,
} from './identity.ts';
import { safely, say } from './safely.ts';
import type { Shelf } from './shelf.ts';
import { surroundings } from './surroundings.ts';
import { toJson } from './to-json.ts';

export interface Who extends Identity {
  visitor: Values;
  account: Values;
}

/** What the server is to hear when somebody has got a name, an account or new metadata. */
export interface IdentifyProperties {
  visitor: Values;
  account: Values;
  oldVisitorId?: string;
}

export interface Session {
  now(): Who;
  /** As they were on the page before, if there was one. */
  resume(isForgotten: boolean): void;
  /** Answers what the server is to hear; null when it knows it all. */
  become(given: { visitor?: unknown; account?: unknown; parentAccount?: unknown }): IdentifyProperties | null;
  /** Somebody else tells the server who it is; here it is only noted. */
  note(visitorId: string, accountId: string): void;
  clear(): void;
}

const dayMs = 86_400_000;

export function createSession(shelf: Shelf, suffix: string): Session {
  let who: Who = { visitorId: '', accountId: '', visitor: {}, account: {} };
  const keyOf = (name: string) => name + suffix;

  function keep(): void {
    shelf.set(keyOf('visitor'), who.visitorId);
    shelf.set(keyOf('account'), who.accountId);
  }

  function become(visitorId: string, accountId: string): void {
    const isSame = visitorId === who.visitorId;
    const visitor = isSame ? who.visitor : {};
    const account = isSame && accountId === who.accountId ? who.account : {};
    who = { visitorId, accountId, visitor, account };
    keep();
  }

  function clear(): void {
    become(anonymousPrefix + uniqueText(11), '');
  }

  return {
    now: () => who,
    clear,
    note: become,
    resume(isForgotten) {
      const visitorId = readId(shelf.get(keyOf('visitor')));
      if (visitorId !== null && !(isForgotten && !isAnonymous(visitorId)))
        become(visitorId, shelf.get(keyOf('account')) ?? '');
    },
    become({ visitor, account, parentAccount }) {
      const visitorId = readId(givenId(visitor));
      // Whoever comes with a name was nobody before: there is nothing to join.
      if (visitorId === null && who.visitorId === '') clear();
      const former = who;
      const accountId = accountIdOf(account, parentAccount);
      if (visitorId === null && visitor !== undefined)
        say('visitor.id is empty or a placeholder; the visitor stays', former.visitorId);
      if (accountId === null && account !== undefined)
        say('account.id is empty or a placeholder; the account stays', former.accountId);
      const isOther = visitorId !== null && visitorId !== former.visitorId;
      // Another visitor does not bring along the account of the one before; a first name does.
      const stays = isOther && !isAnonymous(former.visitorId) ? '' : former.accountId;
      become(visitorId ?? former.visitorId, accountId ?? stays);
      // What cannot be read of the browser keeps nobody from getting a name.
      who.visitor = { ...safely(surroundings)(), ...who.visitor, ...metadataOf(visitor) };
      who.account = { ...who.account, ...metadataOf(account) };
      const properties: IdentifyProperties = {
        visitor: { ...who.visitor, id: who.visitorId },
        account: who.accountId === '' ? {} : { ...who.account, id: who.accountId },
      };
      if (isOther && isAnonymous(former.visitorId)) properties.oldVisitorId = former.visitorId;
      // Said again once a day, in case that the server has forgotten.
      const said = `${Math.floor(now() / dayMs)}${hashOf(toJson(properties))}`;
      if (properties.oldVisitorId === undefined && shelf.get(keyOf('said')) === said) return null;
      shelf.set(
        keyOf('said'),
        `${Math.floor(now() / dayMs)}${hashOf(toJson({ ...properties, oldVisitorId: undefined }))}`,
      );
      return properties;
    },
  };
}

/** FNV-1a: whether it has changed is all that is asked. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(36);
}
