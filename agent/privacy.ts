/** Whether anything may be captured: what the page has asked for, and what the visitor has said. */
import type { Options } from './api.ts';
import type { Shelf } from './shelf.ts';

const key = 'consent';

export function mayCapture(options: Options, shelf: Shelf): boolean {
  const { doNotTrack, globalPrivacyControl } = navigator as Navigator & { globalPrivacyControl?: boolean };
  if (options.honorDoNotTrack === true && doNotTrack === '1') return false;
  if (options.honorGlobalPrivacyControl === true && globalPrivacyControl === true) return false;
  return !hasOptedOut(options, shelf);
}

export function hasOptedOut(options: Options, shelf: Shelf): boolean {
  return (shelf.get(key) ?? (options.optOutByDefault === true ? 'out' : 'in')) === 'out';
}

export function rememberConsent(consent: 'in' | 'out', shelf: Shelf): void {
  shelf.set(key, consent);
}
