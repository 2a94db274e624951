/** Ready-made ways to connect something, with the app's own key and this server's own address in them. */
import type { Event } from '../../api/answers.ts';

export interface Recipe {
  id: string;
  name: string;
  /** For whom it is, in a sentence. */
  words: string;
  /** By which its events come in. */
  door: Event['door'];
  steps: readonly { words: string; code?: string }[];
}

/** `origin` is where browsers and servers reach this server. */
export function recipes({ origin, apiKey }: { origin: string; apiKey: string }): Recipe[] {
  return [
    {
      id: 'snippet',
      name: 'Install snippet',
      words: 'A page of your own: page loads and clicks by themselves, and whatever you call it for.',
      door: 'agent',
      steps: [
        { words: 'Paste this into every page, before </head>.', code: snippet(origin, apiKey) },
        { words: 'Say who is signed in, in its last lines; leave visitor out for nobody.' },
      ],
    },
    {
      id: 'pendo',
      name: "Page with Pendo's snippet",
      words: 'Only the host changes; all calls of the page stay as they are.',
      door: 'agent',
      steps: [
        {
          words: "In the snippet, put this in the place of the script's address.",
          code: `${origin}/agent/static/${apiKey}/pendo.js`,
        },
      ],
    },
    {
      id: 'segment-browser',
      name: 'Segment in the browser',
      words:
        "A page with Segment's library: all its calls arrive here, and page loads and clicks come along by themselves.",
      door: 'segment',
      steps: [
        {
          words: 'With the npm package @segment/analytics-next:',
          code: `const analytics = AnalyticsBrowser.load({\n  writeKey: '${apiKey}',\n  cdnURL: '${origin}',\n});`,
        },
        {
          words:
            "Or in Segment's snippet: this server in the place of cdn.segment.com, this key in the place of the write key, and one line behind analytics._writeKey=…",
          code: `analytics._cdn = '${origin}';`,
        },
      ],
    },
    {
      id: 'segment-node',
      name: 'Segment on a server',
      words: "Every Segment library has an option for its host. Node's:",
      door: 'segment',
      steps: [
        {
          words: 'The key is the write key.',
          code: `import { Analytics } from '@segment/analytics-node';\n\nconst analytics = new Analytics({\n  writeKey: '${apiKey}',\n  host: '${origin}',\n});`,
        },
        {
          words: 'In Python:',
          code: `analytics.write_key = '${apiKey}'\nanalytics.host = '${origin}'`,
        },
      ],
    },
    {
      id: 'segment-webhooks',
      name: 'Segment Webhooks destination',
      words: 'A workspace that stays with Segment and sends its events here as well.',
      door: 'segment-webhook',
      steps: [
        {
          words: 'In Segment add the destination Webhooks, with this as its webhook URL. It needs no header.',
          code: `${origin}/data/segmentio/${apiKey}`,
        },
      ],
    },
    {
      id: 'track',
      name: 'Track Events from a server',
      words: 'One request for each event, from any program that speaks HTTP.',
      door: 'track',
      steps: [
        {
          words:
            'The Track secret was shown when it was made; Settings > Subscription makes a new one. It must stand in no page.',
          code: `curl ${origin}/data/track -H 'x-pendo-integration-key: <Track secret>' \\\n  -H 'content-type: application/json' \\\n  -d '{"type":"track","event":"Account Upgraded","visitorId":"ada","accountId":"acme","properties":{"toTier":"pro"}}'`,
        },
      ],
    },
  ];
}

function snippet(origin: string, apiKey: string): string {
  return `<script>
(function (p, e, n, d, o) {
  var v, w, x, y, z; o = p[d] = p[d] || {}; o._q = o._q || [];
  v = ['initialize', 'identify', 'updateOptions', 'pageLoad', 'track'];
  for (w = 0, x = v.length; w < x; ++w) (function (m) {
    o[m] = o[m] || function () { o._q[m === v[0] ? 'unshift' : 'push']([m].concat([].slice.call(arguments, 0))); };
  })(v[w]);
  y = e.createElement(n); y.async = !0; y.src = '${origin}/agent/static/${apiKey}/bellwire.js';
  z = e.getElementsByTagName(n)[0]; z.parentNode.insertBefore(y, z);
})(window, document, 'script', 'bellwire');

bellwire.initialize({
  visitor: { id: 'VISITOR-ID' },   // whoever is signed in; leave visitor out for nobody
  account: { id: 'ACCOUNT-ID' },
});
</script>`;
}
