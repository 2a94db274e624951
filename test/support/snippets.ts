/** What is pasted into pages. */

/** Pendo's own install snippet, with its host changed. */
export function pendoSnippet(host: string, apiKey: string, options: string): string {
  return `<script>
(function(apiKey){
  (function(p,e,n,d,o){var v,w,x,y,z;o=p[d]=p[d]||{};o._q=o._q||[];
  v=['initialize','identify','updateOptions','pageLoad','track'];for(w=0,x=v.length;w<x;++w)(function(m){
  o[m]=o[m]||function(){o._q[m===v[0]?'unshift':'push']([m].concat([].slice.call(arguments,0)));};})(v[w]);
  y=e.createElement(n);y.async=!0;y.src='${host}/agent/static/'+apiKey+'/pendo.js';
  z=e.getElementsByTagName(n)[0];z.parentNode.insertBefore(y,z);})(window,document,'script','pendo');
  pendo.initialize(${options});
})('${apiKey}');
</script>`;
}

/** Segment's own snippet, with its host changed. */
export function segmentSnippet(host: string, apiKey: string, calls: string): string {
  return `<script>
!function(){var i="analytics",analytics=window[i]=window[i]||[];if(!analytics.initialize)if(analytics.invoked)window.console&&console.error&&console.error("Segment snippet included twice.");else{analytics.invoked=!0;analytics.methods=["trackSubmit","trackClick","trackLink","trackForm","pageview","identify","reset","group","track","ready","alias","debug","page","screen","once","off","on","addSourceMiddleware","addIntegrationMiddleware","setAnonymousId","addDestinationMiddleware","register"];analytics.factory=function(e){return function(){if(window[i].initialized)return window[i][e].apply(window[i],arguments);var n=Array.prototype.slice.call(arguments);if(["track","screen","alias","group","page","identify"].indexOf(e)>-1){var c=document.querySelector("link[rel='canonical']");n.push({__t:"bpc",c:c&&c.getAttribute("href")||void 0,p:location.pathname,u:location.href,s:location.search,t:document.title,r:document.referrer})}n.unshift(e);analytics.push(n);return analytics}};for(var n=0;n<analytics.methods.length;n++){var key=analytics.methods[n];analytics[key]=analytics.factory(key)}analytics.load=function(key,n){var t=document.createElement("script");t.type="text/javascript";t.async=!0;t.setAttribute("data-global-segment-analytics-key",i);t.src="${host}/analytics.js/v1/"+key+"/analytics.min.js";var r=document.getElementsByTagName("script")[0];r.parentNode.insertBefore(t,r);analytics._loadOptions=n};analytics._writeKey="${apiKey}";analytics._cdn="${host}";analytics.SNIPPET_VERSION="5.2.1";
analytics.load("${apiKey}");
${calls}
}}();
</script>`;
}

/**
 * What Segment's destination "Pendo Web (Actions)" does in a page, call by call, with its presets for track, identify and group:
 * compared with its source, which is public. Its code is in no package, and comes from Segment's CDN only.
 */
export function pendoWebActions(cnameContentHost: string, apiKey: string): string {
  const { inline } = /<script>\n(?<inline>.*?)\n {2}pendo\.initialize/s.exec(
    pendoSnippet(cnameContentHost, apiKey, '{}'),
  )?.groups ?? { inline: '' };
  return `<script>
analytics.register({
  name: 'Pendo Web (actions)', type: 'destination', version: '1.0.0', isLoaded: () => true,
  async load(_, analytics) {
    ${inline}})('${apiKey}');
    const user = analytics.user(), group = analytics.group();
    const options = {visitor: {...user.traits(), id: user.id() || '_PENDO_T_' + user.anonymousId()}};
    if (group.id()) options.account = {...group.traits(), id: group.id()};
    pendo.initialize(options);
  },
  track({event}) { pendo.track(event.event, event.properties); },
  identify({event}) {
    const groupId = event.context.groupId || event.groupId;
    pendo.identify({visitor: {...event.traits, id: event.userId}, ...(groupId ? {account: {id: groupId}} : {})});
  },
  group({event}) {
    const {parentAccount, ...traits} = event.traits;
    pendo.identify({
      visitor: {id: event.userId}, account: {...traits, id: event.groupId}, ...(parentAccount ? {parentAccount} : {}),
    });
  },
});
</script>`;
}
