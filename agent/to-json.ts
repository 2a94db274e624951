/**
 * JSON by our own hand. Pages override `JSON.stringify`, and old libraries give arrays a `toJSON` that turns them into text;
 * what we write must be right on those pages too. It never throws: a value that cannot be read is left out, and what is too
 * deep or too much (a DOM node, a cycle) ends in null.
 */
const depthMax = 20;
const valuesMax = 2000;

export function toJson(value: unknown): string {
  let valuesLeft = valuesMax;

  function write(value: unknown, depth: number): string | undefined {
    valuesLeft -= 1;
    if (typeof value === 'string') return quoted(value);
    if (typeof value === 'number') return value - value === 0 ? `${value}` : 'null';
    if (typeof value === 'boolean') return `${value}`;
    if (typeof value === 'bigint') return quoted(`${value}`);
    if (value === null) return 'null';
    if (typeof value !== 'object') return undefined;
    if (depth > depthMax || valuesLeft < 0) return 'null';
    if (value instanceof Date) return Number.isNaN(+value) ? 'null' : quoted(value.toISOString());
    const isArray = Array.isArray(value);
    const parts: string[] = [];
    for (const key of Object.keys(value)) {
      let text: string | undefined;
      try {
        text = write((value as Record<string, unknown>)[key], depth + 1);
      } catch {
        // A getter of the page's that throws.
      }
      if (isArray) parts.push(text ?? 'null');
      else if (text !== undefined) parts.push(`${quoted(key)}:${text}`);
    }
    return isArray ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
  }

  return write(value, 0) ?? 'null';
}

function quoted(text: string): string {
  return `"${text.replace(unsafe, (char) => `\\u${`000${char.charCodeAt(0).toString(16)}`.slice(-4)}`)}"`;
}

// oxlint-disable-next-line no-control-regex -- these are what JSON cannot have in a text
const unsafe = /["\\\u0000-\u001f]/g;
