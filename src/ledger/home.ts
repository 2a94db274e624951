/**
 * Which node sends for a webhook. Any: the one that accepted the event, which has it at hand. But a webhook with a rate has
 * one home, because a rate is kept in memory: of the nodes that send, the one that comes first in an order of its own, so
 * that when a node comes or goes only few webhooks move.
 */
import { createHash } from 'node:crypto';
import type { WebhookTarget } from '../core/webhook.ts';
import type { NodeView } from '../store/nodes.ts';

export function isSentHere(
  webhook: Pick<WebhookTarget, 'id' | 'ratePerSecond'>,
  nodes: readonly Pick<NodeView, 'id' | 'roles'>[],
  nodeId: number,
): boolean {
  if (webhook.ratePerSecond === null) return true;
  return home(webhook.id, nodes) === nodeId;
}

/** Null when no node sends. */
export function home(webhookId: string, nodes: readonly Pick<NodeView, 'id' | 'roles'>[]): number | null {
  const sending = nodes.filter(({ roles }) => roles.includes('deliver'));
  const ranked = sending.map(({ id }) => ({ id, rank: rankOf(webhookId, id) }));
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return ranked[0]?.id ?? null;
}

function rankOf(webhookId: string, nodeId: number): string {
  return createHash('sha256').update(`${webhookId} ${nodeId}`).digest('hex');
}
