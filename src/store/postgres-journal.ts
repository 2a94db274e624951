/**
 * The path of an event on PostgreSQL: a statement for each kind of row of a batch, all of a commit on their way at once. Many
 * nodes do this at the same time, so nothing is remembered from one commit to the next. What two of them change at once is
 * written by the one that was faster; the other finds its rows changed, and runs its transaction again on what is there now.
 */
import { allOf } from '../core/all-of.ts';
import type { EventInput } from '../core/event-input.ts';
import { isAnonymous } from '../core/visitor-id.ts';
import type { DeliveryKey, DueDelivery, Journal } from './journal.ts';
import { accountOf, numberOrNull, type Row, textOrNull, visitorOf } from './journal-rows.ts';
import type { Membership } from './nodes.ts';
import { dropParts, makePartFor, makeParts } from './parts.ts';
import { channel, isWorthAnotherTry, momentWithoutPart, type PostgresLink } from './postgres.ts';
import { statements } from './postgres-statements.ts';
import { type Run, type Write, writeAll, writeReports } from './postgres-writes.ts';

/** How often a transaction is run when others were faster; after the first two it has the others wait. */
const triesMax = 8;

export function postgresJournal(link: PostgresLink, self: Pick<Membership, 'nodeId'>): Journal {
  const run: Run = async (name, ...values) => {
    const { rows, rowCount } = await link.query(statements[name], values, name);
    return { rows, count: rowCount ?? 0 };
  };
  const write: Write = (name, ...values) => link.write(statements[name], values, name);
  const ask = async (name: 'visitors' | 'accounts', ids: readonly string[]): Promise<Row[]> =>
    ids.length === 0 ? [] : (await run(name, ids)).rows;
  let tries = 0;

  return {
    async transaction(work) {
      for (let tried = 1; ; tried += 1) {
        try {
          return await link.transaction(() => {
            tries = tried;
            return work();
          });
        } catch (error) {
          if (tried === triesMax) throw error;
          const homeless = momentWithoutPart(error);
          if (homeless !== null) await makePartFor(link, homeless);
          else if (!isWorthAnotherTry(error)) throw error;
        }
      }
    },
    forget() {},

    async freshMessages(inputs) {
      const standing = tries > 2 ? run('alone') : run('together');
      const keys = inputs.map(messageKey);
      const first = new Map(keys.map((key, index) => [key, index] as const).toReversed());
      first.delete(null);
      if (first.size === 0) {
        await standing;
        return inputs.map(() => true);
      }
      const noted = inputs.flatMap(({ appId, messageId, receivedAt }, index) =>
        first.get(keys[index] ?? null) === index ? { a: appId, m: messageId, r: receivedAt } : [],
      );
      const [, answer] = await allOf([standing, run('noteMessages', JSON.stringify(noted))]);
      const fresh = new Set(answer.rows.map((row) => `${String(row['app_id'])} ${String(row['message_id'])}`));
      // Of two in one batch the first is the one that is new.
      return keys.map((key, index) => key === null || (fresh.has(key) && first.get(key) === index));
    },

    async forgetMessages(inputs) {
      const keys = inputs.flatMap(({ appId, messageId }) => (messageId === null ? [] : [{ a: appId, m: messageId }]));
      await run('forgetMessages', JSON.stringify(keys));
    },

    async people(named) {
      const [visitors, accounts] = await allOf([
        ask('visitors', [...named.visitors]),
        ask('accounts', [...named.accounts]),
      ]);
      // There is one only where somebody has an account by events that were excluded, so it hardly ever takes another question.
      const unseen = new Set(visitors.map((row) => textOrNull(row['unseen_account_id'])));
      const others = [...unseen].flatMap((id) => (id === null || named.accounts.has(id) ? [] : [id]));
      const remembered = await ask('accounts', others);
      return { visitors: byId(visitors.map(visitorOf)), accounts: byId([...accounts, ...remembered].map(accountOf)) };
    },
    async aliases(ids) {
      const anonymous = [...ids].filter(isAnonymous);
      if (anonymous.length === 0) return new Map();
      const { rows } = await run('aliases', anonymous);
      return new Map(rows.map((row) => [String(row['from_id']), String(row['to_id'])]));
    },

    writeWorld: (world) => writeAll({ run, write }, world, self.nodeId),

    async touch(visitors, accounts) {
      if (visitors.size > 0) await run('touchVisitors', jsonOfTimes(visitors));
      if (accounts.size > 0) await run('touchAccounts', jsonOfTimes(accounts));
    },

    lastEventId: async () => textOrNull((await run('lastEvent')).rows[0]?.['id']),
    lastReceivedAt: async () => numberOrNull((await run('lastReceived')).rows[0]?.['received_at']),
    keepsTrails: false,
    untrailed: () => [],
    addTrails() {},
    finishTrails() {},
    dropUnfinishedTrails() {},

    claimDue: (webhookId, { now, limit, bodyCharsMax, onlyRetries }) =>
      link.transaction(async () => {
        const due = (await run(onlyRetries ? 'dueAgain' : 'due', webhookId, now, limit)).rows.map(keyOf);
        if (due.length === 0) return { deliveries: [], more: false };
        const deliveries = (await run('claimDue', jsonOfKeys(due), self.nodeId, bodyCharsMax)).rows.map(dueOf);
        return { deliveries, more: due.length === limit || deliveries.length < due.length };
      }),
    claimThese: async (deliveries) => (await run('claimThese', jsonOfKeys(deliveries), self.nodeId)).rows.map(dueOf),
    release: (deliveries) =>
      link.transaction(async () => {
        const keys = jsonOfKeys(deliveries);
        write('lockClaimed', keys, self.nodeId);
        write('release', keys, self.nodeId);
      }),
    async releaseAllBut(deliveries) {
      await run('releaseAllBut', jsonOfKeys(deliveries), self.nodeId);
    },
    // The other nodes' clocks agree with what is stored: it is ours that was wrong.
    moveDue() {},
    nextDueAt: async (webhookId, now) => numberOrNull((await run('nextDue', webhookId, now)).rows[0]?.['due_at']),
    async unclaimed(webhookIds) {
      const { rows } = await run('unclaimed', webhookIds);
      return rows.flatMap((row) => {
        const dueAt = numberOrNull(row['due_at']);
        return dueAt === null ? [] : [{ webhookId: String(row['webhook_id']), dueAt }];
      });
    },

    record(reports, now) {
      writeReports(write, reports, self.nodeId, now);
    },

    restoreOwed() {},
    settleOwed: () => false,
    settleAllOwed() {},

    makeRoom: (now, retentionDays) => makeParts(link, now, retentionDays),
    pruneMessages: async (receivedBefore, limit) => (await run('pruneMessages', receivedBefore, limit)).count,
    async expirePending(beforeEventId, now, limit) {
      const waiting = (await run('expireUnclaimed', now, beforeEventId, limit)).rows;
      const claimed = (await run('expireClaimed', now, beforeEventId, limit - waiting.length)).rows;
      return [...waiting, ...claimed].map((row) => String(row['webhook_id']));
    },
    async pruneEvents(beforeEventId) {
      await dropParts(link, beforeEventId);
      return 0;
    },
    pruneWarnings: async (receivedBefore, limit) => (await run('pruneWarnings', receivedBefore, limit)).count,
    pruneTallies: async (span, bucketBefore, limit) => (await run('pruneTallies', span, bucketBefore, limit)).count,
    async addTallies(tallies) {
      const rows = tallies.map(({ subject, span, bucketAt, measure, count, lastAt }) => ({
        s: subject,
        p: span,
        b: bucketAt,
        m: measure,
        c: count,
        l: lastAt,
      }));
      if (rows.length === 0) return;
      await run('waitBriefly');
      await run('addTallies', JSON.stringify(rows));
    },

    takeTurn: async (at) => (await run('takeTurn', at)).count === 1,
    async noteChange() {
      // Changes are made one after the other: whoever makes one holds this row until it is committed.
      await run('noteChange');
      await link.query(`notify ${channel}`);
    },
    async probe(now) {
      await run('probe', String(now));
    },
  };
}

function messageKey({ appId, messageId }: EventInput): string | null {
  return messageId === null ? null : `${appId} ${messageId}`;
}

function jsonOfKeys(deliveries: readonly DeliveryKey[]): string {
  return JSON.stringify(deliveries.map(({ eventId, webhookId }) => ({ e: eventId, w: webhookId, n: 1 })));
}

function jsonOfTimes(times: ReadonlyMap<string, number>): string {
  return JSON.stringify([...times].map(([id, at]) => ({ id, at, n: 1 })));
}

function byId<Known extends { id: string }>(found: readonly Known[]): Map<string, Known> {
  return new Map(found.map((one) => [one.id, one]));
}

function keyOf(row: Row): DeliveryKey {
  return { eventId: String(row['event_id']), webhookId: String(row['webhook_id']) };
}

function dueOf(row: Row): DueDelivery {
  return {
    eventId: String(row['event_id']),
    webhookId: String(row['webhook_id']),
    attemptCount: Number(row['attempt_count']),
    attemptsBeforeReplay: Number(row['attempts_before_replay']),
    body: textOrNull(row['body']),
  };
}
