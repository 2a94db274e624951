/**
 * How the values of settings are written, and what is said when one is written wrongly. Each reader takes the text and
 * gives the value, or the rest of a sentence that begins with the setting's name ("BELLWIRE_PORT …"). Secrets are
 * never repeated in such a sentence.
 */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { parseEgressAllow } from './address.ts';
import { parseRange } from './address-list.ts';

export type Reading<Value> = { ok: true; value: Value } | { ok: false; problem: string };
export type Reader<Value> = (text: string) => Reading<Value>;

export function wholeNumber(min: number, max: number): Reader<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return { ok: true, value };
    return wrong(`is ${quoted(text)} and must be a whole number from ${min} to ${max}`);
  };
}

export function oneOf<Choice extends string>(choices: readonly Choice[]): Reader<Choice> {
  return (text) => {
    const value = choices.find((choice) => choice === text);
    return value === undefined
      ? wrong(`is ${quoted(text)} and must be one of ${choices.join(', ')}`)
      : { ok: true, value };
  };
}

/** One or more of the choices, separated by commas; in the order of the choices, each once. */
export function someOf<Choice extends string>(choices: readonly Choice[]): Reader<Choice[]> {
  return (text) => {
    const entries = entriesOf(text);
    const bad = entries.filter((entry) => !choices.some((choice) => choice === entry));
    if (entries.length > 0 && bad.length === 0) {
      return { ok: true, value: choices.filter((choice) => entries.includes(choice)) };
    }
    return wrong(`is ${quoted(text)} and must be one or more of ${choices.join(', ')}, separated by commas`);
  };
}

/** What stands in logs and labels. */
export const plainName: Reader<string> = (text) =>
  /^[\w.:/-]{1,100}$/.test(text)
    ? { ok: true, value: text }
    : wrong(`is ${quoted(text)} and must be 1 to 100 letters, digits and . : / _ -`);

export const onOrOff: Reader<boolean> = (text) => {
  if (text === 'on' || text === 'off') return { ok: true, value: text === 'on' };
  return wrong(`is ${quoted(text)} and must be on or off`);
};

export const hostName: Reader<string> = (text) =>
  isIP(text) !== 0 || isHostName(text)
    ? { ok: true, value: text }
    : wrong(`is ${quoted(text)} and must be an address or a host name, without scheme and port`);

/** 32 bytes, in hexadecimal or either base64 alphabet. */
export const key32: Reader<Buffer> = (text) => {
  const value = keyIn(text);
  if (value !== null) return { ok: true, value };
  return wrong('must be 32 bytes as 64 hexadecimal digits or in base64 (`openssl rand -base64 32` makes one)');
};

/** Several of them, separated by commas or white space. */
export const keys32: Reader<Buffer[]> = (text) => {
  const keys = entriesOf(text).map(keyIn);
  const value = keys.filter((key) => key !== null);
  if (value.length > 0 && value.length === keys.length) return { ok: true, value };
  return wrong('must be keys of 32 bytes, each as 64 hexadecimal digits or in base64, separated by commas');
};

function keyIn(text: string): Buffer | null {
  const encoding = /^[0-9a-f]{64}$/i.test(text) ? 'hex' : /^[\w+/-]{43}=?$/.test(text) ? 'base64' : null;
  const key = encoding === null ? null : Buffer.from(text, encoding);
  return key?.length === 32 ? key : null;
}

/** One or more certificates in PEM, with whatever text between them. */
export const certificates: Reader<string> = (text) => {
  const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) return wrong('must hold at least one certificate in PEM (-----BEGIN CERTIFICATE-----)');
  const broken = found.findIndex((certificate) => !isCertificate(certificate));
  return broken === -1
    ? { ok: true, value: `${found.join('\n')}\n` }
    : wrong(`has a certificate that cannot be read: the one at place ${broken + 1} of ${found.length}`);
};

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

/** Something that is sent in a header, a path or as a Basic user name. */
export function keyText(charsMin: number): Reader<string> {
  return (text) =>
    text.length >= charsMin && text.length <= 256 && /^[\w.~-]+$/.test(text)
      ? { ok: true, value: text }
      : wrong(`must be ${charsMin} to 256 characters, only letters, digits and - . _ ~`);
}

export function password(charsMin: number): Reader<string> {
  return (text) =>
    text.length >= charsMin && text.length <= 256
      ? { ok: true, value: text }
      : wrong(`must have ${charsMin} to 256 characters`);
}

export const emailAddress: Reader<string> = (text) =>
  text.length <= 254 && /^[^\s@]+@[^\s@]+$/.test(text)
    ? { ok: true, value: text }
    : wrong(`is ${quoted(text)} and must be an e-mail address`);

/** The root of an API, without a slash at its end. */
export const apiRoot: Reader<string> = (text) => {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    return wrong(`is ${quoted(text)} and must be an http or https URL`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return wrong('must be a URL without user, password, query and fragment');
  }
  return { ok: true, value: url.href.replace(/\/+$/, '') };
};

/** Addresses, CIDR ranges and host names, separated by commas or spaces. */
export const egressList: Reader<string> = (text) => {
  const entries = entriesOf(text);
  const bad = entries.filter((entry) => !isEgressEntry(entry));
  if (bad.length === 0) return { ok: true, value: entries.join(',') };
  return wrong(
    `has ${bad.map(quoted).join(', ')}, and takes addresses, ranges such as 10.0.0.0/8, and host names, separated by commas`,
  );
};

/** Addresses and CIDR ranges, separated by commas or spaces. */
export const addressRanges: Reader<string[]> = (text) => {
  const entries = entriesOf(text);
  const bad = entries.filter((entry) => parseRange(entry) === null);
  if (entries.length > 0 && bad.length === 0) return { ok: true, value: entries };
  return wrong(`is ${quoted(text)} and takes addresses and ranges such as 10.0.0.0/8, separated by commas`);
};

/** Addresses of DNS servers, each with a port if it is not 53. */
export const serverList: Reader<string[]> = (text) => {
  const entries = entriesOf(text);
  const bad = entries.filter((entry) => !isServer(entry));
  if (entries.length > 0 && bad.length === 0) return { ok: true, value: entries };
  if (entries.length === 0) return wrong('must have at least one address');
  return wrong(
    `has ${bad.map(quoted).join(', ')}, and takes addresses such as 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:53`,
  );
};

function entriesOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((entry) => entry !== '');
}

/** The judge of addresses has the last word on what an entry is. */
function isEgressEntry(entry: string): boolean {
  try {
    parseEgressAllow(entry);
    return true;
  } catch {
    return false;
  }
}

function isServer(entry: string): boolean {
  if (isIP(entry) !== 0) return true;
  const match = /^(?:\[(?<six>[^\]]+)\]|(?<four>[^:]+))(?::(?<port>\d{1,5}))?$/.exec(entry);
  const { six, four, port } = match?.groups ?? {};
  const address = isIP(six ?? '') === 6 || isIP(four ?? '') === 4;
  return address && (port === undefined || (Number(port) > 0 && Number(port) < 65_536));
}

function isHostName(text: string): boolean {
  return (
    text.length <= 253 &&
    // What ends in a number is meant to be an address, and is none.
    !/(?:^|\.)\d+$/.test(text) &&
    text.split('.').every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label))
  );
}

function wrong(problem: string): { ok: false; problem: string } {
  return { ok: false, problem };
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
