/**
 * Reads what strace has seen of a server (`-f -yy`), and tells whether each 200 of a door was written only after a sync of
 * the WAL that had begun after its request was read, and was over. Pure.
 *
 *   read(31<TCP…>, "POST /data…") ─▶ fsync(28<…-wal>) = 0 ─▶ write(31<TCP…>, "HTTP/1.1 200…")
 */
export interface TraceVerdict {
  /** Answers of 200 to a POST of events. */
  acknowledgedCount: number;
  /** Those without such a sync: the lines of their answers. */
  unsynced: string[];
}

export function judgeTrace(text: string): TraceVerdict {
  const verdict: TraceVerdict = { acknowledgedCount: 0, unsynced: [] };
  /** By socket: the line on which its last request had been read, until it is answered. */
  const readAt = new Map<string, number>();
  /** By thread: a call that is under way, and the line on which it began. */
  const underWay = new Map<string, { call: string; at: number }>();
  /** The line on which the newest of all syncs that are over began. */
  let syncedFrom = -1;

  for (const [at, line] of text.split('\n').entries()) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    // An answer is on its way as soon as its write begins.
    const answered = /^(?:write|writev|sendto|sendmsg)\(\d+<(TCP.*?\])>.*?"HTTP\/1\.1 200 /.exec(rest)?.[1];
    const askedAt = answered === undefined ? undefined : readAt.get(answered);
    if (answered !== undefined && askedAt !== undefined) {
      verdict.acknowledgedCount += 1;
      if (syncedFrom <= askedAt) verdict.unsynced.push(line);
      readAt.delete(answered);
    }

    if (rest.endsWith('<unfinished ...>')) {
      underWay.set(thread, { call: rest, at });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const begun = resumed === null ? { call: '', at } : underWay.get(thread);
    if (begun === undefined) continue;
    const call = begun.call + (resumed?.[1] ?? rest);
    if (/^(?:fsync|fdatasync)\(\d+<[^>]*-wal>.*= 0$/.test(call)) syncedFrom = Math.max(syncedFrom, begun.at);
    const asked = /^(?:read|recvfrom)\(\d+<(TCP.*?\])>.*?"POST \/(?:data|v1)\//.exec(call)?.[1];
    if (asked !== undefined) readAt.set(asked, at);
  }
  return verdict;
}
