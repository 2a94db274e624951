/**
 * One journey through every door with texts that databases are known to stumble over, for two webhooks that get all of it.
 * What comes out is told with ids and moments replaced by what they are, so that the tellings of two servers can be compared.
 */
import { createHmac } from 'node:crypto';
import type { DatabaseAddress } from '../../src/core/database-address.ts';
import { sampleProperties } from '../../src/core/sample.ts';
import { routesIn } from '../../src/store/routes.ts';
import { type Bellwire, eventually, startBellwire, testKeys } from './bellwire.ts';
import { type ReceivedRequest, startReceiver } from './receiver.ts';
import type { Look } from './stand-database.ts';

/** A second before which all events happened, the same for every journey of this run. */
const at = Math.floor(Date.now() / 1000) * 1000 - 60_000;
const secret = 'a secret of the receiver';

const oddTexts = [
  'a\0b',
  'half \ud83d of a pair, and the other \ude00',
  '\u{1f600} \u{10ffff} \u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  String.raw`"quotes" 'single' \ \\ \n \u0000 \x00 $1 $$ % ? ::text --`,
  '\u0001\b\t\n\f\r\u001f\u007f\u0085\u2028\u2029\ufeff\ufffd\uffff',
  'e\u0301 \u00e9 \u1e9e \u0130 \u01c5',
  '\\x00ff \\000 \\\\',
  ' x ',
];

/**
 * What the receiver got, in the order of events: each as it came with its commit, and once more by a replay, which reads it
 * from the database. `meddle` may do something to it there.
 */
export async function oddJourney(
  database: DatabaseAddress,
  look: Look,
  meddle: (look: Look) => Promise<unknown> = async () => {},
): Promise<string[]> {
  const receiver = await startReceiver();
  const bellwire = await startBellwire({ database, segmentApiUrl: new URL('/', receiver.url).href.replace(/\/$/, '') });
  try {
    const common = { events: 'all', retryDelaysSeconds: [] };
    const hooks = [
      await bellwire.addWebhook({ ...common, url: receiver.url, secret, hubSignature: true }),
      await bellwire.addWebhook({ ...common, type: 'segment', writeKey: 'wk_of_the_journey_0001' }),
    ];
    await sendAll(bellwire);
    const total = await deliveryCount(look);
    await eventually(async () => (receiver.requests.length >= total ? true : null));
    await eventually(async () => {
      const left = await look.count("select count(*) as n from deliveries where state = 'delivered'");
      return left === total ? true : null;
    });
    await meddle(look);
    for (const { id } of hooks) await bellwire.api('POST', '/replays', { webhookId: id, states: ['delivered'] });
    await eventually(async () => (receiver.requests.length >= 2 * total ? true : null));
    if (receiver.requests.length !== 2 * total) throw new Error('More came than was to be sent.');
    return told(receiver.requests);
  } finally {
    await bellwire.close();
    await receiver.close();
  }
}

async function sendAll({ url }: Bellwire): Promise<void> {
  const basic = `Basic ${Buffer.from(`${testKeys.apiKey}:`).toString('base64')}`;
  const iso = new Date(at).toISOString();
  const post = async (path: string, body: object, headers: Record<string, string> = {}): Promise<void> => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'journey \u00e9', ...headers },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  };
  for (const [index, odd] of oddTexts.entries()) {
    const messageId = `${index} ${odd}`;
    const person = `person ${odd}`;
    const common = { messageId: `${messageId} s`, userId: person, timestamp: iso };
    await post(
      '/v1/track',
      { ...common, event: odd, properties: { [odd]: odd, nested: [odd, { odd }, 1e21, -0, 0.1] } },
      { authorization: basic },
    );
    await post(
      '/v1/identify',
      { ...common, messageId: `${messageId} i`, traits: { [odd]: odd } },
      { authorization: basic },
    );
    await post(
      '/v1/group',
      { ...common, messageId: `${messageId} g`, groupId: `account ${odd}`, traits: { name: odd } },
      { authorization: basic },
    );
    await post(
      '/v1/batch',
      { batch: [{ ...common, type: 'page', messageId: `${messageId} p`, name: odd, anonymousId: `anon ${person}` }] },
      { authorization: basic },
    );
    await post(`/data/segmentio/${testKeys.apiKey}`, {
      ...common,
      type: 'track',
      messageId: `${messageId} w`,
      event: `destination ${odd}`,
    });
    await post(
      '/data/track',
      {
        type: 'track',
        event: odd,
        visitorId: person,
        accountId: `of ${odd}`,
        timestamp: at,
        properties: { odd },
        context: { title: odd, url: `https://x.test/${index}` },
      },
      { 'x-pendo-integration-key': testKeys.trackSecret },
    );
    const item = {
      visitorId: person,
      accountId: `account ${odd}`,
      timestamp: at,
      title: odd,
      url: 'https://x.test/',
      userAgent: odd,
    };
    const kinds = [
      'guideDisplayed',
      'npsDisplayed',
      'npsSubmitted',
      'pollDisplayed',
      'pollSubmitted',
      'featureClicked',
    ] as const;
    await post(`/data/agent/${testKeys.apiKey}`, {
      agentVersion: '2.33.0',
      events: [
        ...kinds.map((type) => {
          const properties = Object.assign({}, sampleProperties[type], { name: odd });
          return Object.assign({ type, messageId: `${messageId} ${type}`, properties }, item);
        }),
        { ...item, type: 'pageLoad', messageId: `${messageId} l`, properties: { name: odd } },
      ],
    });
    const values = [{ visitorId: `made ${person}`, values: { [`k${index}`]: odd } }];
    await post('/api/v1/metadata/visitor/custom/value?create=true', values, {
      'x-pendo-integration-key': testKeys.integrationKey,
    });
  }
  // As large as one may be, of signs that take four bytes.
  const large = '\u{1f600}"\\'.repeat(1900);
  await post(
    '/v1/track',
    { messageId: 'large', userId: 'large', timestamp: iso, event: 'Large', properties: { large, again: large } },
    { authorization: basic },
  );
}

/** How many deliveries the events say that they have. */
async function deliveryCount(look: Look): Promise<number> {
  const rows = await look.rows('select routes from events');
  return rows.reduce((sum, { routes }) => sum + routesIn(typeof routes === 'string' ? routes : null).length, 0);
}

function told(requests: readonly ReceivedRequest[]): string[] {
  const inOrder = requests.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const ids = new Map<string, string>();
  return inOrder.map(({ path, headers, body }) => {
    const text = body.toString('utf8');
    if (Buffer.compare(Buffer.from(text, 'utf8'), body) !== 0) throw new Error('A body is no UTF-8.');
    const pendo = headers['x-pendo-signature'];
    const right = createHmac('sha256', secret).update(body).digest('hex');
    if (pendo !== undefined && pendo !== right) throw new Error('A signature does not hold.');
    const content = `${path} ${headers['webhook-id'] ?? ''}.${text}`;
    return content.replaceAll(
      /(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])|wh_[0-9a-z]{12}|"subscription":\{"id":\d+/g,
      (id) => {
        if (!ids.has(id)) ids.set(id, `<id ${ids.size}>`);
        return ids.get(id) ?? '';
      },
    );
  });
}

/** The event's id, and who it was for. */
function keyOf({ headers, path }: ReceivedRequest): string {
  return `${headers['webhook-id']?.slice(0, 40) ?? ''} ${path}`;
}
