/**
 * Who may do what: one line for each route of the API. A route without a line stops the start, so that none can be forgotten.
 *
 *   anybody   needs neither session nor key
 *   self      whoever is signed in, about themselves; no key
 *   member    every person who is signed in; keys to read or to write, as the route does
 *   admin     Admins; the same keys
 *   people    Admins; keys with the scope of that name
 */
export type Permission = 'anybody' | 'self' | 'member' | 'admin' | 'people';

export const permissions: Readonly<Record<string, Permission>> = {
  'GET /openapi.json': 'anybody',

  'GET /setup': 'anybody',
  'POST /setup': 'anybody',
  'POST /session': 'anybody',
  'POST /password-link/open': 'anybody',
  'POST /password-link/redeem': 'anybody',

  'GET /session': 'self',
  'DELETE /session': 'self',
  'POST /session/password': 'self',
  'GET /sessions': 'self',
  'DELETE /sessions': 'self',
  'DELETE /sessions/:id': 'self',

  'GET /users': 'people',
  'POST /users': 'people',
  'GET /users/:id': 'people',
  'PATCH /users/:id': 'people',
  'DELETE /users/:id': 'people',
  'POST /users/:id/password-link': 'people',
  'GET /users/:id/sessions': 'people',
  'DELETE /users/:id/sessions': 'people',

  'GET /audit-log': 'people',
  'GET /integration-keys': 'people',
  'POST /integration-keys': 'people',
  'PATCH /integration-keys/:id': 'people',
  'DELETE /integration-keys/:id': 'people',

  'GET /apps': 'member',
  'POST /apps': 'admin',
  'GET /apps/:id': 'member',
  'PATCH /apps/:id': 'admin',
  'POST /apps/:id/track-secret': 'admin',
  'POST /apps/:id/sample-events': 'admin',

  'GET /webhooks': 'admin',
  'POST /webhooks': 'admin',
  'GET /webhooks/:id': 'admin',
  'PATCH /webhooks/:id': 'admin',
  'DELETE /webhooks/:id': 'admin',
  'POST /webhooks/:id/enable': 'admin',
  'POST /webhooks/:id/disable': 'admin',
  'POST /webhooks/:id/rotate-signing-secret': 'admin',
  'POST /webhooks/:id/retire-signing-secret': 'admin',
  'POST /webhooks/test': 'admin',
  'POST /webhooks/:id/test': 'admin',

  'GET /events': 'member',
  'GET /events/:id': 'member',
  'GET /visitors': 'member',
  'GET /visitors/:id': 'member',
  'GET /visitor/:id': 'member',
  'PATCH /visitors/:id': 'admin',
  'GET /accounts': 'member',
  'GET /accounts/:id': 'member',
  'GET /account/:id': 'member',
  'GET /warnings': 'member',
  'GET /warning-summaries': 'member',

  'GET /statistics': 'member',
  'GET /apps/:id/sources': 'member',
  'GET /webhooks/:id/statistics': 'admin',
  'GET /webhook-summaries': 'admin',

  'GET /deliveries': 'member',
  // Without what was sent and answered: see deliveries.ts.
  'GET /deliveries/:id': 'member',
  'POST /deliveries/:id/replay': 'admin',
  'GET /replays': 'member',
  'POST /replays/count': 'admin',
  'POST /replays': 'admin',
  'GET /replays/:id': 'member',
  'POST /replays/:id/cancel': 'admin',

  'GET /features': 'member',
  'POST /features': 'admin',
  'GET /features/:id': 'member',
  'PATCH /features/:id': 'admin',
  'DELETE /features/:id': 'admin',

  'GET /exclusions': 'member',
  'POST /exclusions': 'admin',
  'DELETE /exclusions/:id': 'admin',
  'GET /system': 'admin',
  'GET /settings': 'member',
  'PATCH /settings': 'admin',
};
