import "server-only";
import { type Client, ServiceError } from "@sallyport/control-plane";
import { composition, controlPlane } from "@/server/control-plane";
import { clientOf } from "@/server/http/client";
import { type Answer, problemAnswer, problemOf } from "@/server/http/problem";
import { parseJsonBody, readBytes } from "@/server/http/read-json";
import { bytesAnswer, PLAIN } from "@/server/node/encode";

const KIB = 1024;
/** What each call may send at most. */
export const MAX_BYTES = {
  enrol: 16 * KIB,
  sync: 64 * KIB,
  heartbeat: 4 * KIB * KIB,
  events: 8 * KIB * KIB,
  limits: 8 * KIB * KIB,
  "renew-key": 16 * KIB,
} as const;
const DRAINING_PAUSE_MS = 1_000;
type NodeCall = keyof typeof MAX_BYTES;

const isCall = (name: string): name is NodeCall => Object.hasOwn(MAX_BYTES, name);

/** A call as it came, by whichever server. */
export interface IncomingCall {
  readonly headers: Pick<Headers, "get">;
  /** The body as it came. @throws BodyError 413 */
  readonly bytes: (maxBytes: number) => Promise<Buffer>;
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal;
}

const JWT = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i;

function tokenOf(authorization: string | null | undefined): string | null {
  const token = JWT.exec(authorization ?? "")?.[1];
  return token === undefined || token.length > 4_096 ? null : token;
}

function nodeToken(headers: Pick<Headers, "get">): string {
  const token = tokenOf(headers.get("authorization"));
  if (token === null) throw new ServiceError("unauthenticated", "Send the node's own short-lived token.");
  return token;
}

/** A node that goes away ends its wait, and so does the end of this process. */
async function untilEnded<T>(gone: AbortSignal, wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ended = new AbortController();
  const end = () => ended.abort();
  const { draining } = composition();
  const signals = [gone, draining];
  for (const signal of signals) signal.addEventListener("abort", end, { once: true });
  if (signals.some(({ aborted }) => aborted)) end();
  try {
    return await wait(ended.signal);
  } finally {
    for (const signal of signals) signal.removeEventListener("abort", end);
  }
}

const JSON_HEADERS = { "content-type": "application/json", "cache-control": "no-store" };
const UNCHANGED: Answer = { status: 200, headers: PLAIN, body: '{"kind":"unchanged","retryAfterMs":0}' };
const jsonAnswer = (value: unknown): Answer => ({ status: 200, headers: JSON_HEADERS, body: JSON.stringify(value) });

async function carryOut(call: IncomingCall, name: NodeCall, client: () => Client): Promise<Answer> {
  const { nodeApi } = controlPlane();
  const bytes = () => call.bytes(MAX_BYTES[name]);
  const parsed = (body: Buffer): unknown => parseJsonBody(body, call.headers.get("content-type"));
  const body = async () => parsed(await bytes());
  // Enrolment proves a join token; all others are authenticated by the node's own key, before their body is read.
  if (name === "enrol") return jsonAnswer(await nodeApi.enrol(await body(), client()));
  const node = await nodeApi.authenticate(nodeToken(call.headers), client);
  switch (name) {
    case "sync": {
      const poll = await bytes();
      const input = parsed(poll);
      const answer = await untilEnded(call.signal, (signal) => nodeApi.sync(node, input, { signal, body: poll }));
      // A process that ends asks for a pause, so that nobody calls it again and again until it is gone.
      const paused = answer.kind === "unchanged" && composition().draining.aborted ? { ...answer, retryAfterMs: DRAINING_PAUSE_MS } : answer;
      return bytesAnswer(nodeApi.serialise(paused), call.headers.get("accept"));
    }
    case "heartbeat":
      return jsonAnswer(await nodeApi.heartbeat(node, await body()));
    case "limits":
      return jsonAnswer(await nodeApi.limits(node, await body()));
    case "events":
      return jsonAnswer(await nodeApi.events(node, await body()));
    case "renew-key":
      return jsonAnswer(await nodeApi.renewKey(node, await body(), client()));
    default:
      return name satisfies never;
  }
}

/** The caller's token, where it has verified before and its node is known, so that neither need be asked for; else null. */
export function knownToken(authorization: string | undefined): string | null {
  const token = tokenOf(authorization);
  return token === null || controlPlane().nodeApi.recall(token) === null ? null : token;
}

/** The answer to a poll that says word for word what was just answered `unchanged`; null where it has to be looked at. */
export function idleAnswer(token: string, poll: Uint8Array): Answer | null {
  const { nodeApi } = controlPlane();
  const node = nodeApi.recall(token);
  return node !== null && nodeApi.isIdle(node, poll) && !composition().draining.aborted ? UNCHANGED : null;
}

/** Answers POST /api/node/v1/<name>. */
export async function answerNodeCall(call: IncomingCall, name: string): Promise<Answer> {
  // Most calls are answered without a look at where they come from.
  let known: Client | null = null;
  const client = (): Client => {
    known ??= clientOf(call.headers);
    return known;
  };
  try {
    if (!isCall(name))
      return problemAnswer({ status: 404, code: "not_found", title: "Not found", detail: "There is no such call." }, client().requestId);
    return await carryOut(call, name, client);
  } catch (error) {
    const notice = name === "sync" ? await controlPlane().nodeApi.noticeFor(error) : null;
    if (notice !== null) return jsonAnswer(notice);
    const { requestId } = client();
    return problemAnswer(problemOf(error, requestId), requestId);
  }
}

/** The same for a route of the framework. */
export async function dispatchNodeCall(request: Request, name: string): Promise<Response> {
  const { headers, signal } = request;
  const answer = await answerNodeCall({ headers, signal, bytes: (maxBytes) => readBytes(request, maxBytes) }, name);
  const { status, body } = answer;
  // The bytes are shared and never detached: Response copies from a view of them.
  const bytes = typeof body === "string" ? body : new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength);
  return new Response(bytes, { status, headers: answer.headers });
}
