/**
 * Whether a server could listen where it is told to, found out before anything is made: the keys of a first start are kept as
 * hashes, so a start that made them and failed at the port afterwards would have lost them for good.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Takes the place and leaves it again; throws what listening throws. That somebody else takes it in the moment between is
 * possible and so unlikely that it is left to the real listening to say.
 */
export async function insistOnFreePlace(place: { host: string; port: number }): Promise<void> {
  const server = createServer((socket) => void socket.destroy());
  server.listen(place);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
