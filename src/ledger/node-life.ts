/**
 * A node among others: it says that it is alive, sees who else is, looks whether something was changed elsewhere, and gives
 * back what the dead had claimed. On a connection of its own, so that it goes on while a long transaction is under way.
 *
 * Being told of a change (LISTEN) only makes things faster: without it the next look finds it, well within a second.
 */
import type { Clock } from '../core/clock.ts';
import { machineMs } from '../core/clock.ts';
import { agree, type DatabaseTime } from '../core/database-time.ts';
import { type Membership, type NodeView, nodeSilentMs } from '../store/nodes.ts';
import { extendLease, type LeaseCell } from './lease.ts';

const lookEveryMs = 400;
const beatEveryMs = 2000;
const strayEveryMs = 5 * 60_000;
/** The lease ends before others take the node for dead, by more than an attempt takes to start. */
const leaseMs = nodeSilentMs - 2000;
/**
 * Who could not use the database a moment ago cannot judge others: it may have been away for all of them, and each needs some
 * seconds to find that it is back.
 */
const judgeAfterMs = 10_000;
/** A clock that is off by so much is set wrongly, and not only adrift. */
const offMs = 5000;

export interface NodeListener {
  /** Something that nodes hold in memory was changed, here or elsewhere. */
  onChange(): void;
  /** Who is there has changed. */
  onNodes(nodes: readonly NodeView[]): void;
  /** Others took this node for dead: all its claims are somebody else's, and it has a new number. Resolves when they are forgotten. */
  onLost(): Promise<void>;
  onTrouble(message: string, detail: Record<string, unknown>): void;
}

export interface NodeLifeDeps {
  clock: Clock;
  lease: LeaseCell;
  /** To be kept in step with the database's. */
  time?: DatabaseTime | undefined;
}

export class NodeLife {
  readonly #membership: Membership;
  readonly #clock: Clock;
  readonly #lease: LeaseCell;
  readonly #time: DatabaseTime | null;
  #listener: NodeListener | null = null;
  #changes: string | null = null;
  #nodesKey = '';
  /** Numbers that were taken from this node and under which it may still have claims. */
  readonly #lostIds: number[] = [];
  #beatDueMs = 0;
  #strayDueMs: number;
  #soundSinceMs: number | null = null;
  #inTrouble = false;
  #looking: Promise<void> | null = null;
  #again = false;
  #cancel: () => void = () => {};
  #closed = false;

  constructor(membership: Membership, { clock, lease, time }: NodeLifeDeps) {
    this.#membership = membership;
    this.#clock = clock;
    this.#lease = lease;
    this.#time = time ?? null;
    this.#strayDueMs = clock.monotonicMs() + strayEveryMs;
  }

  get nodeId(): number {
    return this.#membership.nodeId;
  }

  /** Joins the others, and looks at them for the first time; rejects when the database cannot be had. */
  async join(): Promise<NodeView[]> {
    const startMs = machineMs();
    await this.#membership.join();
    extendLease(this.#lease, startMs + leaseMs);
    this.#soundSinceMs = this.#clock.monotonicMs();
    this.#beatDueMs = this.#clock.monotonicMs() + beatEveryMs;
    const { nodes, changes } = await this.#membership.look();
    this.#changes = changes;
    this.#nodesKey = keyOf(nodes);
    return nodes;
  }

  start(listener: NodeListener): void {
    this.#listener = listener;
    this.#tellIfOff();
    this.#sleep();
  }

  /** Looks at once: somebody has said that something was changed. */
  wake(): void {
    if (this.#closed || this.#listener === null) return;
    if (this.#looking !== null) {
      this.#again = true;
      return;
    }
    this.#cancel();
    this.#looking = this.#turn().finally(() => {
      this.#looking = null;
      if (this.#closed) return;
      if (this.#again) {
        this.#again = false;
        this.wake();
      } else this.#sleep();
    });
  }

  /** Gives everything back and goes; the others need not wait until it is taken for dead. */
  async leave(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#looking;
    await this.#membership.leave();
  }

  #sleep(): void {
    this.#cancel = this.#clock.after(lookEveryMs, () => this.wake());
  }

  async #turn(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    try {
      if (this.#beatDueMs <= nowMs) await this.#beat(nowMs);
      await this.#look();
      this.#inTrouble = false;
    } catch (error) {
      this.#soundSinceMs = null;
      // Said once: the ledger's own trouble is in the log as well.
      if (!this.#inTrouble) this.#listener?.onTrouble('The other nodes cannot be seen.', { error: String(error) });
      this.#inTrouble = true;
    }
  }

  async #beat(nowMs: number): Promise<void> {
    const startMs = machineMs();
    const isAlive = await this.#membership.beat();
    this.#beatDueMs = nowMs + beatEveryMs;
    if (!isAlive) await this.#beginAnew();
    if (this.#lostIds.length > 0) await this.#forgetLost();
    extendLease(this.#lease, startMs + leaseMs);
    await this.#agree();
    this.#soundSinceMs ??= nowMs;
    if (nowMs - this.#soundSinceMs >= judgeAfterMs) await this.#judge();
    if (this.#strayDueMs <= nowMs) {
      this.#strayDueMs = nowMs + strayEveryMs;
      const count = await this.#membership.rescueStray();
      if (count > 0) this.#listener?.onTrouble('Deliveries of unknown nodes were given back.', { count });
    }
  }

  async #agree(): Promise<void> {
    if (this.#time === null) return;
    const askedMs = this.#time.own.monotonicMs();
    if (agree(this.#time, await this.#membership.time(), askedMs)) this.#tellIfOff();
  }

  #tellIfOff(): void {
    const byMs = this.#time?.offset[0] ?? 0;
    if (Math.abs(byMs) < offMs) return;
    const message = 'The clock of this machine is not that of the database, by which this node goes; set it right.';
    this.#listener?.onTrouble(message, { behindMs: byMs });
  }

  async #beginAnew(): Promise<void> {
    const lostId = this.#membership.nodeId;
    await this.#membership.join();
    this.#lostIds.push(lostId);
    this.#listener?.onTrouble('The other nodes had taken this one for dead; it begins anew.', {});
  }

  /** Before it may send again. A commit that was under way may have claimed under a number that nobody looks for any more. */
  async #forgetLost(): Promise<void> {
    await this.#listener?.onLost();
    for (const lostId of this.#lostIds) await this.#membership.giveBack(lostId);
    this.#lostIds.length = 0;
  }

  async #judge(): Promise<void> {
    for (const { id, name } of await this.#membership.loseSilent())
      this.#listener?.onTrouble('A node is silent and was taken for dead.', { deadNode: name, deadNodeId: id });
    if (!(await this.#membership.anyLost())) return;
    const count = await this.#membership.rescue();
    if (count > 0) this.#listener?.onTrouble('Deliveries of dead nodes were given back.', { count });
  }

  async #look(): Promise<void> {
    const { nodes, changes } = await this.#membership.look();
    const key = keyOf(nodes);
    if (key !== this.#nodesKey) {
      this.#nodesKey = key;
      this.#listener?.onNodes(nodes);
    }
    if (changes === this.#changes) return;
    this.#changes = changes;
    this.#listener?.onChange();
  }
}

function keyOf(nodes: readonly NodeView[]): string {
  return nodes.map(({ id }) => id).join(' ');
}
