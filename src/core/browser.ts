/**
 * What `visitorCreated` tells of a visitor's browser: its name and version, read from the user agent, and the group of a
 * hundred that the visitor falls into.
 */

/** Empty strings when the user agent is none that we know, as for a server or a robot. */
export function browserOf(userAgent: string): { name: string; version: string } {
  for (const [name, pattern] of browsers) {
    const match = pattern.exec(userAgent);
    if (match !== null) return { name, version: firstThreeParts(match[1] ?? '') };
  }
  return { name: '', version: '' };
}

/** `91.0.4472.124` is told as `91.0.4472`, as Pendo does. */
function firstThreeParts(version: string): string {
  return version.split('.', 3).join('.');
}

/** 0 to 99, always the same for the same visitor, and evenly spread over them. */
export function sampleGroupOf(visitorId: string): number {
  // FNV-1a, 32 bits, over UTF-16 code units: no need for secrecy, only for spread.
  let hash = 0x811c9dc5;
  for (let index = 0; index < visitorId.length; index += 1) {
    hash = Math.imul(hash ^ visitorId.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % 100;
}

/**
 * In the order in which they have to be asked: nearly every browser says that it is Chrome and Safari as well, so those
 * who add a name of their own come first, Chrome after them, and Safari last. On iOS each has a name of its own too.
 * Every pattern is a literal followed by digits and dots, so none can be made to backtrack.
 */
const browsers: readonly (readonly [string, RegExp])[] = [
  ['Edge', /\b(?:Edg|EdgA|EdgiOS|Edge)\/([\d.]+)/],
  ['Opera', /\b(?:OPR|OPiOS|OPT)\/([\d.]+)/],
  ['Samsung Internet', /\bSamsungBrowser\/([\d.]+)/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/([\d.]+)/],
  ['Chrome', /\b(?:Chrome|CriOS|HeadlessChrome)\/([\d.]+)/],
  ['Safari', /\bVersion\/([\d.]+)(?: Mobile\/\w{1,20})? Safari\//],
];
