/**
 * The built-in inbox: a receiver inside the server, so that a newcomer needs no other one. It is known by a URL that leads
 * nowhere else: names that end in `.invalid` are nobody's for good (RFC 2606). A webhook to it goes the way of every webhook,
 * up to the socket; what arrives there makes no event, so nothing can go round in circles.
 */
const inboxOrigin = 'http://inbox.bellwire.invalid';
export const inboxUrl = `${inboxOrigin}/`;

/** `url` is a whole URL, or `scheme://host:port/`. */
export function isInbox(url: string): boolean {
  return URL.parse(url)?.origin === inboxOrigin;
}
