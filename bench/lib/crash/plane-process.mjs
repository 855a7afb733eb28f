// A control plane's services with the calls of nodes in front of them, and nothing else of the console; its parent tells it what operators would do.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createControlPlane, createDataClients, PERMISSIONS, ServiceError } from "@sallyport/control-plane";
import { armFailpoint, readFailpoint } from "@sallyport/failpoints";
import { PACKED_MEDIA_TYPE } from "@sallyport/snapshot/protocol";

const { APP_DATABASE_URL = "", FLEET_DATABASE_URL = "", MASTER_KEY = "", PORT = "", ROLLOUTS = "" } = process.env;
const STATUS = { unauthenticated: 401, invalid: 422, precondition: 409, too_many_attempts: 429 };
const WORTH_PACKING_BYTES = 1_024;

const operator = () => ({
  kind: /** @type {const} */ ("system"),
  id: "operator",
  name: "Operator",
  ip: null,
  requestId: randomUUID(),
  grants: { fleet: new Set(PERMISSIONS), tenants: new Map() },
});

const quiet = () => undefined;
const data = createDataClients({ appUrl: APP_DATABASE_URL, fleetUrl: FLEET_DATABASE_URL });
const plane = createControlPlane({
  data,
  masterKey: Buffer.from(MASTER_KEY, "base64"),
  clock: { now: Date.now },
  publicUrl: `http://127.0.0.1:${PORT}`,
  log: { info: quiet, warn: quiet, error: quiet },
  stateStore: null,
  idpProxy: null,
});

/** @param {string} name @param {import("node:http").IncomingMessage} request @param {AbortSignal} signal */
async function answer(name, request, signal) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  const { nodeApi } = plane;
  if (name === "enrol") return json(await nodeApi.enrol(body, { ip: "127.0.0.1", userAgent: null, requestId: randomUUID() }));
  const node = await nodeApi.authenticate(/^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "");
  if (name === "sync") {
    const bytes = nodeApi.serialise(await nodeApi.sync(node, body, { signal }));
    if (bytes.json.length < WORTH_PACKING_BYTES) return { type: "application/json", body: bytes.json };
    return { type: PACKED_MEDIA_TYPE, body: await bytes.gzip() };
  }
  if (name === "heartbeat") return json(await nodeApi.heartbeat(node, body));
  return json(await nodeApi.events(node, body));
}
const json = (/** @type {unknown} */ value) => ({ type: "application/json", body: Buffer.from(JSON.stringify(value)) });

const server = createServer((request, response) => {
  const name = /^\/api\/node\/v1\/(enrol|sync|heartbeat|events)$/.exec(request.url ?? "")?.[1];
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  if (name === undefined) return void response.writeHead(404).end();
  answer(name, request, gone.signal).then(
    ({ type, body }) => response.writeHead(200, { "content-type": type, "content-length": body.length }).end(body),
    (error) => {
      const status = STATUS[/** @type {keyof typeof STATUS} */ (error.code)] ?? 500;
      response.writeHead(status, { "content-type": "application/problem+json" }).end(JSON.stringify({ detail: String(error) }));
    },
  );
});

/** What the parent may ask for. */
const CALLS = {
  joinToken: async () => (await plane.joinTokens.create(operator(), { group: "default", label: "crash", kind: "reusable" })).token,
  declare: (/** @type {unknown[]} */ documents) => plane.config.apply(operator(), { documents }),
  /** @param {{ comment: string, base?: number, sections?: string[], rollout?: import("@sallyport/control-plane").RolloutPlanInput }} asked */
  async publish({ base, ...asked }) {
    const compared = base ?? (await plane.draft.summary(operator())).base;
    return (await plane.draft.publish(operator(), { base: compared, supersede: true, ...asked })).revision;
  },
  async revoke(/** @type {{ tenant: string, subject: string }} */ { tenant, subject }) {
    const scope = await plane.access.tenant(operator(), tenant, "revocation.write");
    return (await plane.revocations.revokeSubject(scope, { subject, reason: "left" })).id;
  },
};

const failpoint = readFailpoint(process.env);
if (!failpoint.ok) throw new Error(failpoint.error);
armFailpoint(failpoint.failpoint);
process.on("message", async (message) => {
  if (typeof message !== "object" || message === null || !("call" in message)) return;
  const { id, call, input } = /** @type {{ id: number, call: keyof typeof CALLS, input: never }} */ (message);
  try {
    process.send?.({ id, result: (await CALLS[call](input)) ?? null });
  } catch (error) {
    const refusal = error instanceof ServiceError ? error : null;
    process.send?.({ id, failure: { code: refusal?.code ?? null, reason: String(error), current: refusal?.current ?? null } });
  }
});
process.once("disconnect", () => process.exit(0));

await plane.installation.ensure();
// One replica takes the steps of rollouts, so that it is known which one can be ended at one.
if (ROLLOUTS === "on") plane.rollouts.start();
server.listen(Number(PORT), "127.0.0.1", () => process.send?.("ready"));
