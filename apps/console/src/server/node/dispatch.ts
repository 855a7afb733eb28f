import "server-only";
import { type Client, ServiceError } from "@sallyport/control-plane";
import { composition, controlPlane } from "@/server/control-plane";
import { clientOf } from "@/server/http/client";
import { problemFrom, problemResponse } from "@/server/http/problem";
import { readJson } from "@/server/http/read-json";
import { bytesAnswer } from "@/server/node/encode";

const KIB = 1024;
/** What each call may send at most. */
const MAX_BYTES = { enrol: 16 * KIB, sync: 64 * KIB, heartbeat: 4 * KIB * KIB, events: 8 * KIB * KIB } as const;
const DRAINING_PAUSE_MS = 1_000;
type NodeCall = keyof typeof MAX_BYTES;

const isCall = (name: string): name is NodeCall => Object.hasOwn(MAX_BYTES, name);

const JWT = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i;

function nodeToken(headers: Headers): string {
  const token = JWT.exec(headers.get("authorization") ?? "")?.[1];
  if (token === undefined || token.length > 4_096) throw new ServiceError("unauthenticated", "Send the node's own short-lived token.");
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

async function carryOut(request: Request, name: NodeCall, client: Client): Promise<Response> {
  const { nodeApi } = controlPlane();
  const body = () => readJson(request, MAX_BYTES[name]);
  // Enrolment proves a join token; all others are authenticated by the node's own key, before their body is read.
  if (name === "enrol") return Response.json(await nodeApi.enrol(await body(), client));
  const node = await nodeApi.authenticate(nodeToken(request.headers));
  switch (name) {
    case "sync": {
      const input = await body();
      const answer = await untilEnded(request.signal, (signal) => nodeApi.sync(node, input, { signal }));
      // A process that ends asks for a pause, so that nobody calls it again and again until it is gone.
      const paused = answer.kind === "unchanged" && composition().draining.aborted ? { ...answer, retryAfterMs: DRAINING_PAUSE_MS } : answer;
      return bytesAnswer(nodeApi.serialise(paused), request.headers);
    }
    case "heartbeat":
      return Response.json(await nodeApi.heartbeat(node, await body()));
    case "events":
      return Response.json(await nodeApi.events(node, await body()));
    default:
      return name satisfies never;
  }
}

/** Answers POST /api/node/v1/<name>. */
export async function dispatchNodeCall(request: Request, name: string): Promise<Response> {
  const client = clientOf(request.headers);
  try {
    if (!isCall(name))
      return problemResponse({ status: 404, code: "not_found", title: "Not found", detail: "There is no such call." }, client.requestId);
    const response = await carryOut(request, name, client);
    if (!response.headers.has("cache-control")) response.headers.set("cache-control", "no-store");
    return response;
  } catch (error) {
    return problemFrom(error, client.requestId);
  }
}
