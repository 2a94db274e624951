/**
 * Who is sending what, in memory. A claim is not a stored state: a delivery that is claimed is pending in the database, so
 * a crash gives every claim back, and starting an attempt writes nothing.
 *
 * A fresh delivery is claimed in the moment of its commit, and goes to its lane without the database being asked again.
 * That ends where a lane has as many as it may hold: what comes then stays in the database (the webhook has a backlog),
 * and is read from there, oldest first, as the lane finishes what it has. Retries come the same way when they are due.
 */
import type { Claim } from '../core/delivery.ts';
import { limits } from '../core/limits.ts';
import type { DeliveryKey, DueDelivery, Journal } from '../store/journal.ts';
import { HeldClaims, placesOf } from './held-claims.ts';

interface Line {
  /** Its webhook is switched on. A line that is off stays only until the last of its claims has come back. */
  on: boolean;
  /** What was pending is being cancelled: until that is done nothing is read from the database. */
  discarding: boolean;
  /** What is claimed. */
  claimed: HeldClaims;
  /** Those of them that have been tried before. */
  retries: HeldClaims;
  /** There may be due deliveries in the database that are not claimed. */
  backlog: boolean;
  /** The same, of retries alone. */
  retriesDue: boolean;
  /** When a pending delivery that is not due yet will be; null when there is none. */
  nextDueAt: number | null;
}

function newLine(discarding: boolean): Line {
  const unread = { backlog: !discarding, retriesDue: !discarding, nextDueAt: null };
  return { on: true, discarding, claimed: new HeldClaims(), retries: new HeldClaims(), ...unread };
}

export class ClaimBook {
  readonly #lines = new Map<string, Line>();
  #placesTaken = 0;

  /**
   * Sets which webhooks are on. One that was off has all that is pending for it looked up; of those that are `discarding`,
   * when that is over.
   */
  setEnabled(webhookIds: readonly string[], discarding: ReadonlySet<string> = new Set()): void {
    const on = new Set(webhookIds);
    for (const [id, line] of this.#lines) {
      if (on.has(id)) continue;
      line.on = false;
      this.#forgetIfIdle(id, line);
    }
    for (const id of on) {
      const line = this.#lines.get(id);
      const discards = discarding.has(id);
      if (line === undefined) this.#lines.set(id, newLine(discards));
      else if (!line.on || line.discarding !== discards) {
        Object.assign(line, { on: true, discarding: discards, backlog: !discards, retriesDue: !discards });
      }
    }
  }

  /** Claims a delivery that is about to be committed, if its line has room and nothing older is waiting. */
  claimFresh(webhookId: string, eventId: string, places: number): boolean {
    const line = this.#lines.get(webhookId);
    if (line === undefined || !line.on) return false;
    if (line.backlog || this.#room(line) === 0) {
      line.backlog = true;
      return false;
    }
    this.#claim(line, eventId, places);
    return true;
  }

  /** How many deliveries of replays its line takes now: none while it is off, and none that new events may need the room of. */
  roomForReplay(webhookId: string): number {
    const line = this.#lines.get(webhookId);
    return line?.on === true && !line.discarding ? Math.max(0, this.#room(line) - limits.claimsPerWebhookMax / 2) : 0;
  }

  /** Claims a delivery that a replay has just put back. Not if its former claim is still out: that one's end settles both. */
  claimReplayed(webhookId: string, eventId: string, places: number): boolean {
    const line = this.#lines.get(webhookId);
    if (line === undefined || !line.on || line.claimed.has(eventId)) return false;
    this.#claim(line, eventId, places);
    return true;
  }

  isDiscarding(webhookId: string): boolean {
    return this.#lines.get(webhookId)?.discarding === true;
  }

  /** Ends a claim. `dueAt` is when the delivery wants to be tried again, or null when it is done with. */
  settle(webhookId: string, eventId: string, dueAt: number | null): void {
    const line = this.#lines.get(webhookId);
    if (line === undefined) return;
    this.#placesTaken -= line.claimed.delete(eventId);
    if (line.retries.size > 0) line.retries.delete(eventId);
    if (dueAt !== null) line.nextDueAt = Math.min(dueAt, line.nextDueAt ?? dueAt);
    this.#forgetIfIdle(webhookId, line);
  }

  /** All claims that are out. */
  claimed(): DeliveryKey[] {
    return [...this.#lines].flatMap(([webhookId, { claimed }]) =>
      [...claimed.ids].map((eventId) => ({ eventId, webhookId })),
    );
  }

  /** All claims are somebody else's now. */
  loseAll(): void {
    for (const line of this.#lines.values()) {
      line.claimed.clear();
      line.retries.clear();
    }
    this.#placesTaken = 0;
    this.lookAgainEverywhere();
  }

  /** Webhooks whose lines take what is due. */
  linesOn(): string[] {
    return [...this.#lines].flatMap(([id, { on, discarding }]) => (on && !discarding ? [id] : []));
  }

  /** Something will be due then that others have left. */
  hint(webhookId: string, dueAt: number): void {
    const line = this.#lines.get(webhookId);
    if (line !== undefined) line.nextDueAt = Math.min(dueAt, line.nextDueAt ?? dueAt);
  }

  /** Something is pending that the line does not know of: after a replay, or a claim that was given back. */
  lookAgain(webhookId: string): void {
    const line = this.#lines.get(webhookId);
    if (line !== undefined) Object.assign(line, { backlog: true, retriesDue: true });
  }

  /** The same for all: after trouble that may have left commits unheard of. */
  lookAgainEverywhere(): void {
    for (const line of this.#lines.values()) Object.assign(line, { backlog: true, retriesDue: true });
  }

  /** The earliest moment at which `refill` has something to do, or null. */
  wakeAt(): number | null {
    let earliest: number | null = null;
    for (const { on, discarding, nextDueAt } of this.#lines.values()) {
      if (on && !discarding && nextDueAt !== null && (earliest === null || nextDueAt < earliest)) earliest = nextDueAt;
    }
    return earliest;
  }

  /**
   * Claims what is due in the database, for each line that has a backlog and is at most half full: what is claimed is read
   * again beside what is new, so that a line that is down and full would have much read for little. `isReplayed` tells
   * what a replay has put back, or made, before a restart or while its webhook was off. What it claims is added to `claims`, also
   * when it rejects on the way.
   */
  async refill(context: RefillContext, claims: Claim[]): Promise<void> {
    const { now } = context;
    for (const [webhookId, line] of this.#lines) {
      if (!line.on || line.discarding) continue;
      if (line.nextDueAt !== null && line.nextDueAt <= now) {
        line.nextDueAt = null;
        line.backlog = true;
        line.retriesDue = true;
      }
      if (line.retriesDue) claims.push(...(await this.#refillRetries(webhookId, line, context)));
      const room = line.backlog ? this.#room(line) : 0;
      if (room > 0 && room >= line.claimed.places)
        claims.push(...(await this.#refillLine(webhookId, line, room, context)));
    }
  }

  async #refillLine(
    webhookId: string,
    line: Line,
    room: number,
    { journal, now, isReplayed }: RefillContext,
  ): Promise<Claim[]> {
    const { claimed } = line;
    const wanted = { now, ...largest(room), onlyRetries: false, claimed: claimed.ids };
    const { deliveries, more } = await journal.claimDue(webhookId, wanted);
    line.backlog = more;
    if (!more) line.nextDueAt = await journal.nextDueAt(webhookId, now);
    return this.#claimsOf(line, deliveries, isReplayed);
  }

  /**
   * Retries have room of their own, a little, also in a line that is full. Else they would wait behind the backlog, until
   * all first attempts that were due before them are over.
   */
  async #refillRetries(webhookId: string, line: Line, { journal, now, isReplayed }: RefillContext): Promise<Claim[]> {
    const left = limits.claimsTotalMax - this.#placesTaken;
    const room = Math.max(limits.claimsAlways, Math.min(limits.retryClaimsMax, left));
    const { retries } = line;
    if (retries.places > room / 2) return [];
    const wanted = { now, ...largest(room - retries.places), onlyRetries: true, claimed: retries.ids };
    const { deliveries, more } = await journal.claimDue(webhookId, wanted);
    line.retriesDue = more;
    line.nextDueAt ??= await journal.nextDueAt(webhookId, now);
    return this.#claimsOf(line, deliveries, isReplayed);
  }

  #claimsOf(line: Line, deliveries: readonly DueDelivery[], isReplayed: IsReplayed): Claim[] {
    return deliveries.map((delivery) => {
      const claim = claimOf(delivery, isReplayed(delivery));
      this.#claim(line, delivery.eventId, placesOf(claim.body.length), claim.triesUsed > 0);
      return claim;
    });
  }

  /**
   * In places. A line gets no more of what all share than is left of it. So however many receivers are down and have their lines full,
   * something is left for the others, and what comes for them need not take the way through the database.
   */
  #room(line: Line): number {
    const held = line.claimed.places;
    const left = limits.claimsTotalMax - this.#placesTaken;
    return Math.max(0, Math.min(limits.claimsPerWebhookMax - held, Math.max(left - held, limits.claimsAlways - held)));
  }

  #forgetIfIdle(webhookId: string, line: Line): void {
    if (!line.on && line.claimed.size === 0) this.#lines.delete(webhookId);
  }

  #claim(line: Line, eventId: string, places: number, isRetry = false): void {
    line.claimed.add(eventId, places);
    if (isRetry) line.retries.add(eventId, places);
    this.#placesTaken += places;
  }
}

/** What so many places hold, as the database is asked for it. */
function largest(places: number): { limit: number; bodyCharsMax: number } {
  return { limit: places, bodyCharsMax: places * limits.claimPlaceChars };
}

interface RefillContext {
  journal: Journal;
  now: number;
  isReplayed: IsReplayed;
}
type IsReplayed = (delivery: DeliveryKey) => boolean;

/** The claim of a delivery that was read from the database. */
export function claimOf(delivery: DueDelivery, replayed: boolean): Claim {
  const { eventId, webhookId, attemptCount, attemptsBeforeReplay } = delivery;
  const claim = { eventId, webhookId, triesUsed: attemptCount - attemptsBeforeReplay, body: soundBody(delivery.body) };
  return attemptsBeforeReplay > 0 || replayed ? { ...claim, replayed: true } : claim;
}

/**
 * The body to send, or nothing when it is gone or no JSON any more. It is claimed all the same: sending fails it in the
 * open, and nothing waits for ever.
 */
function soundBody(body: string | null): string {
  if (body === null) return '';
  try {
    JSON.parse(body);
    return body;
  } catch {
    return '';
  }
}

/** What a transaction has claimed so far, to be undone when it fails or is run again. */
export class FreshClaims {
  readonly #book: ClaimBook;
  #claimed: DeliveryKey[] = [];

  constructor(book: ClaimBook) {
    this.#book = book;
  }

  begin(): void {
    this.#claimed = [];
  }

  claim(webhookId: string, eventId: string, bodyChars: number): boolean {
    if (!this.#book.claimFresh(webhookId, eventId, placesOf(bodyChars))) return false;
    this.#claimed.push({ webhookId, eventId });
    return true;
  }

  /** Its body is still to be read; there are never more of them than the replays may have waiting. */
  claimReplayed({ webhookId, eventId }: DeliveryKey): boolean {
    if (!this.#book.claimReplayed(webhookId, eventId, 1)) return false;
    this.#claimed.push({ webhookId, eventId });
    return true;
  }

  /** What the database has not claimed after all is somebody else's still. */
  keepOnly(claimed: readonly DeliveryKey[]): void {
    if (claimed.length === this.#claimed.length) return;
    const kept = new Set(claimed.map(({ webhookId, eventId }) => `${webhookId} ${eventId}`));
    for (const { webhookId, eventId } of this.#claimed)
      if (!kept.has(`${webhookId} ${eventId}`)) this.#book.settle(webhookId, eventId, null);
  }

  undo(): void {
    for (const { webhookId, eventId } of this.#claimed) this.#book.settle(webhookId, eventId, null);
    this.#claimed = [];
  }
}
