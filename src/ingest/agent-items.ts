/** Items that come from inside the server, such as samples, through the very door of the agent. */
import type { ErrorCode } from '../core/errors.ts';
import type { DoorRoute } from '../http/door-routes.ts';

/** Answers what was refused, in the order of the items. */
export async function takeAgentItems(
  doors: readonly DoorRoute[],
  apiKey: string,
  body: object,
): Promise<{ code: ErrorCode; message: string }[]> {
  const door = doors.find(({ path }) => path === '/data/agent/:apiKey');
  if (door === undefined) throw new Error("The agent's door is not there.");
  const heldBytes = Buffer.byteLength(JSON.stringify(body));
  const answer = await door.answer({ key: apiKey, body, headers: {}, query: '', ip: null, heldBytes });
  return (JSON.parse(answer) as { refused: { code: ErrorCode; message: string }[] }).refused;
}
