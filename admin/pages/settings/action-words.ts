/** What an entry of the audit log says was done, as people would. */
import type { AuditEntry } from '../../api/answers.ts';

/** What was refused names the route: `POST /webhooks/:id/enable`. */
export function actionWords({ action, outcome }: Pick<AuditEntry, 'action' | 'outcome'>): string {
  const known = words[action];
  if (known !== undefined) return known;
  if (outcome === 'refused') return `Was not allowed: ${action}`;
  const [noun = '', verb = ''] = action.split('.');
  return `${noun.slice(0, 1).toUpperCase()}${noun.slice(1).replaceAll('_', ' ')} ${verb.replaceAll('_', ' ')}`.trim();
}

const words: Readonly<Record<string, string>> = {
  'app.secret_rotated': 'Track secret of an app renewed',
  'app.sample_sent': 'Sample event sent',
  'delivery.replayed': 'Delivery sent again',
  'exclusion.added': 'Exclude list: entry added',
  'exclusion.removed': 'Exclude list: entry removed',
  'feature.created': 'Feature tagged',
  'key.changed': 'Integration key renamed',
  'key.created': 'Integration key created',
  'key.revoked': 'Integration key revoked',
  'metadata.written': 'Metadata written in bulk',
  'replay.created': 'Replay started',
  'session.ended': 'Signed out',
  'session.ended_all': 'All sessions ended',
  'session.started': 'Signed in',
  'user.password_changed': 'Password changed',
  'user.password_chosen': 'Password chosen by a link',
  'user.password_link_made': 'Link to choose a password made',
  'user.set_up': 'First Admin made',
  'webhook.disabled': 'Webhook turned off',
  'webhook.enabled': 'Webhook turned on',
  'webhook.secret_retired': 'Former signing secret ended',
  'webhook.secret_rotated': 'Signing secret renewed',
  'webhook.tested': 'Webhook tested',
};
