/**
 * A complete sample of each event type, made up but true to life: for test sends, and for `bellwire send`. They have every
 * field that a real event of their type has, so that a receiver built against a sample also reads what really comes.
 */
import type { ChosenType, Event } from './event.ts';
import { newEventId } from './id.ts';
import { type Named, type PayloadEvent, pendoBody, segmentBody } from './payload.ts';
import type { BodyFormat } from './webhook.ts';

/** Whose event a sample is, where the caller knows better than we do. */
export interface SampleNames {
  appId?: number;
  visitorId?: string;
  accountId?: string;
}

/** A new event at each call: receivers that drop repeats would not show a second test. */
export function sampleEvent(type: ChosenType, now: number, names: SampleNames = {}): Event {
  const isAdmin = type === 'adminEvent';
  const page = type === 'pageLoaded' || type === 'featureClicked';
  return {
    id: newEventId(now),
    appId: names.appId ?? 1,
    door: isAdmin ? 'audit-log' : 'agent',
    type,
    visitorId: isAdmin ? '' : (names.visitorId ?? sampleVisitorId),
    accountId: isAdmin ? '' : (names.accountId ?? sampleAccountId),
    occurredAt: now,
    receivedAt: now,
    timeReplaced: false,
    messageId: null,
    userAgent: isAdmin ? '' : sampleUserAgent,
    url: page ? samplePage.url : '',
    title: page ? samplePage.title : '',
    propertiesJson: JSON.stringify(sampleProperties[type]),
    agentVersion: null,
    withheld: null,
  };
}

/** The body that the Test button sends when nothing else was chosen: receivers know it by `event` and `app.name`. */
export function samplePing(format: BodyFormat, now: number, subscription: Named): string {
  const ping: PayloadEvent = {
    id: newEventId(now),
    type: 'ping',
    visitorId: sampleVisitorId,
    accountId: sampleAccountId,
    occurredAt: now,
    userAgent: sampleUserAgent,
    propertiesJson: '{}',
  };
  return format === 'segment' ? segmentBody(ping) : pendoBody(ping, { id: 0, name: 'webhook-test' }, subscription);
}

export const sampleVisitorId = 'ada.lovelace@analytical.example';
export const sampleAccountId = 'Analytical Engines Ltd';
export const samplePage = { title: 'Settings · Billing', url: 'https://app.example.com/settings/billing' };
export const sampleUserAgent =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.7444.59 Safari/537.36';

const author = { username: 'grace.hopper@example.com' };

/** What the guide events, NPS and polls have in common; keys in alphabetical order, as in every event. */
function guide(id: string, name: string, stepId: string, stepType: string) {
  return {
    guideId: id,
    guideProperties: {
      createdAt: 1_767_261_600_000,
      createdByUser: author,
      id,
      lastUpdatedAt: 1_772_460_000_000,
      lastUpdatedByUser: author,
      name,
      steps: [{ id: stepId, lastUpdatedAt: 1_772_460_000_000, resetAt: 0, type: stepType }],
    },
    guideStepId: stepId,
    language: 'en-GB',
  };
}

const welcome = guide('Vq3xTn8KsLr2Zc6WbYd1HfJm5Pg', 'Welcome tour', 'Aw7Re4Ty1Ui9Op2Sd6Fg3Hj8Kl0', 'building-block');
const nps = guide('Mz5Nx2Bv8Cw4Lk1Jh7Gf3Ds9Aq6', 'Quarterly NPS', 'Pe9Or3Iu6Yt1Re8Wq4Ty7Ui2Op5', '');
const poll = guide('Xs4Ed7Rf1Tg8Yh2Uj5Ik9Ol3Pz6', 'Export survey', 'Qa1Ws8Ed3Rf6Tg2Yh9Uj4Ik7Ol5', 'building-block');

/** What `properties` holds for each type. */
export const sampleProperties: Readonly<Record<ChosenType, Readonly<Record<string, unknown>>>> = {
  guideDisplayed: welcome,
  trackEventReceived: {
    eventProperties: { fromPlan: 'starter', seats: 12, toPlan: 'team' },
    name: 'Plan Upgraded',
    source: 'web',
  },
  npsDisplayed: nps,
  npsSubmitted: { ...nps, nps: { rating: 9, reason: 'It does in a minute what took us a day.', source: 'web' } },
  pollDisplayed: poll,
  pollSubmitted: {
    ...poll,
    poll: {
      id: 'Nb6Vc3Xz9Lk2Jh5Gf8Ds1Aq4Wy7',
      question: 'Did you find the export that you were looking for?',
      response: 'Yes, at once',
      source: 'web',
      type: 'PickList',
    },
  },
  visitorCreated: { browserName: 'Chrome', browserVersion: '142.0.7444', sampleGroup: 14 },
  accountCreated: {},
  pageLoaded: { name: 'Billing', pageProperties: {}, source: 'web', ...samplePage },
  adminEvent: {
    action: 'webhook.changed',
    actor: { id: 'us_2k7d9s4hq1xv', kind: 'user', name: 'grace.hopper@example.com' },
    address: '203.0.113.7',
    after: { name: 'CRM, Europe' },
    before: { name: 'CRM' },
    outcome: 'done',
    targetId: 'wh_1l19wspgivpc',
  },
  featureClicked: { featureId: 'Kt8Jr4Hw2Gq6Fp9Ds3Az7Xc1Vb5', name: 'Change plan', url: samplePage.url },
};
