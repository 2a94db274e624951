/**
 * The least of an HTTP server that a client can keep its connections to: finds where each request ends, hands its body
 * on, and answers 204, or, on a path that begins with `/hang`, never. A real server would cost as much as what we measure
 * with it.
 */
import { createServer, type Server } from 'node:net';

const answer = 'HTTP/1.1 204 No Content\r\n\r\n';
const headEnd = '\r\n\r\n';
const pathStart = 'POST /'.length;
const hanging = Buffer.from('hang').readUInt32BE();

/** Calls `onBody` with the bytes from `start` to `end`, valid only during the call. */
export function createSinkServer(onBody: (bytes: Buffer, start: number, end: number) => void): Server {
  return createServer({ noDelay: true }, (socket) => {
    /** What has come of a request that is not whole yet. */
    let rest: Buffer | null = null;
    socket.on('data', (chunk) => {
      let bytes = rest === null ? chunk : Buffer.concat([rest, chunk]);
      let answers = '';
      for (;;) {
        const bodyStart = bytes.indexOf(headEnd) + headEnd.length;
        const bodyEnd =
          bodyStart < headEnd.length ? Number.POSITIVE_INFINITY : bodyStart + contentLength(bytes, bodyStart);
        if (bodyEnd > bytes.length) break;
        if (bytes.readUInt32BE(pathStart) === hanging) return;
        onBody(bytes, bodyStart, bodyEnd);
        answers += answer;
        bytes = bytes.subarray(bodyEnd);
      }
      rest = bytes.length === 0 ? null : bytes;
      if (answers !== '') socket.write(answers);
    });
    // A client that goes away in the middle is no trouble of ours.
    socket.on('error', () => socket.destroy());
  });
}

function contentLength(bytes: Buffer, headLength: number): number {
  const head = bytes.toString('latin1', 0, headLength);
  let at = head.indexOf('content-length: ');
  if (at === -1) at = head.toLowerCase().indexOf('content-length: ');
  if (at === -1) throw new Error(`A request without content-length: ${head}`);
  return Number.parseInt(head.slice(at + 'content-length: '.length, at + 30), 10);
}
