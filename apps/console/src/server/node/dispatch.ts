import "server-only";
import { type Client, ServiceError } from "@sallyport/control-plane";
import { enrolRequest, eventsRequest, heartbeatRequest, syncRequest } from "@sallyport/snapshot/protocol";
import { controlPlane } from "@/server/control-plane";
import { clientOf } from "@/server/http/client";
import { problemFrom, problemResponse } from "@/server/http/problem";
import { readJson } from "@/server/http/read-json";
import { jsonAnswer } from "@/server/node/encode";

const KIB = 1024;

async function nodeOf(request: Request, client: Client) {
  const token = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (token === undefined || token.length > 4096) throw new ServiceError("unauthenticated", "Send the node's own short-lived token.");
  return controlPlane().nodeApi.authenticate(token, client);
}

type Api = ReturnType<typeof controlPlane>["nodeApi"];
type Node = Awaited<ReturnType<Api["authenticate"]>>;

interface Call {
  readonly maxBytes: number;
  answer(api: Api, node: Node, body: unknown, signal: AbortSignal): Promise<object>;
}

/** The calls of an enrolled node, each authenticated by the node's own key before its body is read. */
const CALLS = {
  /** Waits for something new, at most as long as the node asks for; a node that goes away ends the wait. */
  sync: { maxBytes: 64 * KIB, answer: (api, node, body, signal) => api.sync(node, syncRequest.parse(body), { signal }) },
  heartbeat: { maxBytes: 4 * KIB * KIB, answer: (api, node, body) => api.heartbeat(node, heartbeatRequest.parse(body)) },
  events: { maxBytes: 8 * KIB * KIB, answer: (api, node, body) => api.events(node, eventsRequest.parse(body)) },
} as const satisfies Record<string, Call>;

const ENROL_MAX_BYTES = 16 * KIB;

async function carryOut(request: Request, name: string, client: Client): Promise<object | null> {
  const { nodeApi } = controlPlane();
  if (name === "enrol") return nodeApi.enrol(enrolRequest.parse(await readJson(request, ENROL_MAX_BYTES)), client);
  if (!Object.hasOwn(CALLS, name)) return null;
  const call: Call = CALLS[name as keyof typeof CALLS];
  const node = await nodeOf(request, client);
  return call.answer(nodeApi, node, await readJson(request, call.maxBytes), request.signal);
}

/** Answers POST /api/node/v1/<name>. */
export async function dispatchNodeCall(request: Request, name: string): Promise<Response> {
  const client = clientOf(request.headers);
  try {
    const answer = await carryOut(request, name, client);
    if (answer === null)
      return problemResponse({ status: 404, code: "not_found", title: "Not found", detail: "There is no such call." }, client.requestId);
    return await jsonAnswer(answer, request.headers);
  } catch (error) {
    return problemFrom(error, client.requestId);
  }
}
