/** What a visitor's browser tells of itself, as metadata. */
import { cut } from './browser.ts';
import type { Values } from './identity.ts';

export function surroundings(): Values {
  const { userAgent, language, platform } = navigator;
  const { width, height } = screen;
  const [name = '', version = ''] = browserOf(userAgent);
  return {
    // As Pendo writes it.
    language: cut(language, 32).replace('-', '_'),
    browsername: name,
    browserversion: version,
    operatingsystem: cut(platform, 64),
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    screen: `${width}x${height}`,
  };
}

/** Nearly every browser says that it is Chrome and Safari as well, so those with a name of their own come first. */
function browserOf(userAgent: string): string[] {
  for (const name of ['Edg', 'OPR', 'SamsungBrowser', 'Firefox', 'FxiOS', 'CriOS', 'Chrome', 'Version']) {
    const version = new RegExp(`${name}\\w*/([\\d.]{1,32})`).exec(userAgent)?.[1];
    if (version !== undefined) return [names[name] ?? name, version];
  }
  return [];
}

const names: Record<string, string> = {
  Edg: 'Edge',
  OPR: 'Opera',
  FxiOS: 'Firefox',
  CriOS: 'Chrome',
  Version: 'Safari',
};
