/**
 * The nodes that share a database, and this one among them. A node has a number, and with it a claim on every delivery that
 * bears it. It says every few seconds that it is alive; one that has not for some time is taken for dead, its claims are given
 * back, and its number is never used again. So the number is a fence: whoever was away for so long and comes back finds that
 * what it says under its old number changes nothing, and begins anew with another.
 *
 * All times are the database's: nodes' clocks need not agree, and are corrected by it (core/database-time.ts).
 */
import type { PostgresLink } from './postgres.ts';

/** A node that has said nothing for so long is taken for dead. */
export const nodeSilentMs = 10_000;
/** How long claims of a dead one are looked for: one of its commits may have been under way still. */
const lostKept = "interval '5 minutes'";
const rescueBatch = 1000;

export interface NodeView {
  id: number;
  name: string;
  roles: string[];
  version: string;
}

export interface NodeInfo {
  name: string;
  roles: readonly string[];
  version: string;
}

export class Membership {
  readonly #link: PostgresLink;
  readonly #info: NodeInfo;
  #nodeId = 0;

  constructor(link: PostgresLink, info: NodeInfo) {
    this.#link = link;
    this.#info = info;
  }

  /** What this node's claims bear; 0 before it has joined. */
  get nodeId(): number {
    return this.#nodeId;
  }

  async join(): Promise<void> {
    const { name, roles, version } = this.#info;
    const { rows } = await this.#link.query(
      'insert into nodes (name, roles, version) values ($1, $2, $3) returning id',
      [name, roles.join(','), version],
      'joinNodes',
    );
    this.#nodeId = Number(rows[0]?.['id']);
  }

  /** What the database's clock says, in epoch milliseconds. */
  async time(): Promise<number> {
    const { rows } = await this.#link.query(
      'select (extract(epoch from clock_timestamp()) * 1000)::bigint as now',
      [],
      'time',
    );
    return Number(rows[0]?.['now']);
  }

  /** Says that it is alive. False when it is too late: its number has been taken from it. */
  async beat(): Promise<boolean> {
    const { rowCount } = await this.#link.query(
      'update nodes set beat_at = clock_timestamp() where id = $1 and lost_at is null',
      [this.#nodeId],
      'beat',
    );
    return rowCount === 1;
  }

  /** Who is there, and how often something was changed that nodes hold in memory. */
  async look(): Promise<{ nodes: NodeView[]; changes: string }> {
    const { rows } = await this.#link.query(
      `select n.id, n.name, n.roles, n.version, (select value from facts where name = 'changes') as changes
        from nodes n where n.lost_at is null order by n.id`,
      [],
      'look',
    );
    const nodes = rows.map((row) => ({
      id: Number(row['id']),
      name: String(row['name']),
      roles: String(row['roles']).split(','),
      version: String(row['version']),
    }));
    const changes = rows[0]?.['changes'];
    return { nodes, changes: typeof changes === 'string' ? changes : '' };
  }

  /** Takes those for dead that have been silent for too long, and answers who they are. */
  async loseSilent(): Promise<Pick<NodeView, 'id' | 'name'>[]> {
    const { rows } = await this.#link.query(
      `update nodes set lost_at = clock_timestamp() where id in (select id from nodes
        where lost_at is null and beat_at < clock_timestamp() - $1::int * interval '1 millisecond'
        order by id for no key update skip locked) returning id, name`,
      [nodeSilentMs],
      'loseSilent',
    );
    return rows.map((row) => ({ id: Number(row['id']), name: String(row['name']) }));
  }

  /** Gives back what the dead have claimed; answers how many deliveries that were. */
  async rescue(): Promise<number> {
    let rescued = 0;
    for (;;) {
      const { rowCount } = await this.#link.query(
        `update deliveries set claimed_by = null where (event_id, webhook_id) in (select event_id, webhook_id from deliveries
          where state = 'pending' and claimed_by is not null and claimed_by in (select id from nodes where lost_at is not null)
          limit ${rescueBatch} for no key update skip locked)`,
        [],
        'rescue',
      );
      rescued += rowCount ?? 0;
      if ((rowCount ?? 0) < rescueBatch) return rescued;
    }
  }

  /** Whether there are dead ones that may still have claims. */
  async anyLost(): Promise<boolean> {
    await this.#link.query(`delete from nodes where lost_at < clock_timestamp() - ${lostKept}`, [], 'forgetLost');
    return (
      (await this.#link.query('select 1 from nodes where lost_at is not null limit 1', [], 'anyLost')).rows.length > 0
    );
  }

  /** Gives back what is claimed by a number that nobody has: there should be none, and nothing may wait for ever. */
  async rescueStray(): Promise<number> {
    const { rowCount } = await this.#link.query(
      `update deliveries d set claimed_by = null where d.state = 'pending' and d.claimed_by is not null
        and not exists (select 1 from nodes n where n.id = d.claimed_by)`,
    );
    return rowCount ?? 0;
  }

  /** Gives back what is claimed under this number. In the order in which others lock deliveries. */
  async giveBack(nodeId: number): Promise<void> {
    await this.#link.query(
      `with these as materialized (select event_id, webhook_id from deliveries where state = 'pending' and claimed_by = $1
          order by event_id, webhook_id for no key update)
        update deliveries d set claimed_by = null from these
        where d.event_id = these.event_id and d.webhook_id = these.webhook_id`,
      [nodeId],
    );
  }

  /**
   * Gives everything back, and goes. What was being claimed meanwhile bears the number all the same: for a minute others look
   * for it, as they do for the claims of the dead. A node without roles is one that has gone by itself.
   */
  async leave(): Promise<void> {
    await this.giveBack(this.#nodeId);
    await this.#link.query(
      `update nodes set roles = '', lost_at = clock_timestamp() - ${lostKept} + interval '1 minute' where id = $1`,
      [this.#nodeId],
    );
  }
}
