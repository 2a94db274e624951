/**
 * The audit log as it is kept: each entry in the transaction of what it tells of, and with it, when a webhook that is on has
 * chosen `adminEvent`, an event of that type with its deliveries. Which webhooks those are is read in the same transaction, so
 * the entry of one that is being switched off or deleted is not sent there any more.
 *
 * Nothing here goes round for ever: of what sending leads to, only that a webhook is switched off makes an entry, and that
 * happens to each once.
 */
import type { Kysely } from 'kysely';
import { type AuditEntry, auditProperties } from '../core/audit.ts';
import { type Event, wants } from '../core/event.ts';
import { newEventId } from '../core/id.ts';
import { formatOf, type WebhookType } from '../core/webhook.ts';
import { insertAuditEntry } from '../store/audit-log.ts';
import { readFact } from '../store/facts.ts';
import type { Effects, Journal } from '../store/journal.ts';
import type { Database } from '../store/schema.ts';
import { eventsOf, webhookRows } from '../store/webhooks.ts';
import { fanOut, routesOf } from './fan-out.ts';
import { emptyEffects } from './world.ts';

/** An entry belongs to no app, and receivers are told of one. */
const noApp = { id: 0, name: 'Bellwire' };

export class AdminEvents {
  readonly #db: Kysely<Database>;
  readonly #journal: Pick<Journal, 'writeWorld'>;
  #made: Effects[] = [];

  constructor(db: Kysely<Database>, journal: Pick<Journal, 'writeWorld'>) {
    this.#db = db;
    this.#journal = journal;
  }

  /** A transaction begins, maybe for the second time. */
  begin(): void {
    this.#made = [];
  }

  /** What has been made since then; nobody has claimed any of it. */
  take(): Effects[] {
    return this.#made.splice(0);
  }

  /** Keeps an entry in the caller's transaction. */
  async note(entry: AuditEntry): Promise<void> {
    const db = this.#db;
    await insertAuditEntry(db, entry);
    const rows = await webhookRows(db);
    const wanting = rows.filter((row) => row.enabled === 1 && wants(eventsOf(row), 'adminEvent'));
    if (wanting.length === 0) return;
    const routes = routesOf(
      wanting.map(({ id, type }) => ({
        id,
        format: formatOf(type as WebhookType),
        events: ['adminEvent' as const],
        enabled: true,
      })),
    );
    const subscription = {
      id: Number(await readFact(db, 'subscription_id')),
      name: (await readFact(db, 'subscription_name')) ?? '',
    };
    const effects = emptyEffects();
    const directory = { apps: [noApp], subscription };
    fanOut(eventOf(entry), { routes, directory, claims: { claim: () => false } }, effects);
    await this.#journal.writeWorld({ visitors: new Map(), accounts: new Map(), effects });
    this.#made.push(effects);
  }
}

function eventOf(entry: AuditEntry): Event {
  return {
    id: newEventId(entry.at),
    appId: noApp.id,
    door: 'audit-log',
    type: 'adminEvent',
    visitorId: '',
    accountId: '',
    occurredAt: entry.at,
    receivedAt: entry.at,
    timeReplaced: false,
    messageId: null,
    userAgent: '',
    url: '',
    title: '',
    propertiesJson: auditProperties(entry),
    agentVersion: null,
    withheld: null,
  };
}
