import { issueCertificate } from "@sallyport/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { certificateFolder } from "../testing/certificate-files.js";
import { type DataPlane, startDataPlane } from "../testing/data-plane.js";
import { eventually, removeFolder } from "../testing/gateway.js";
import { ask, connectHttp2 } from "../testing/http2-client.js";
import { fleetOf, tenantOf } from "../testing/sections.js";

const NAME = "api.example.test";
const certificate = issueCertificate({ commonName: NAME, hosts: [NAME] });
const routes = {
  open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" } },
  main: { pathPrefix: "/", upstream: "main", authentication: { mode: "required" } },
};

let folder: string;
let data: DataPlane;
beforeAll(async () => {
  folder = await certificateFolder({ main: certificate });
  data = await startDataPlane({ tls: { certificateFolder: folder }, tenant: { routes } });
});
afterAll(async () => {
  await data.close();
  await removeFolder(folder);
});

it("an event stream over HTTP/2 is reset when its route wants more, and the connection's other streams go on", async () => {
  const session = await connectHttp2(data.node.tlsPort ?? 0, { ca: certificate.cert, servername: NAME });
  const listenTo = (path: string) => {
    const stream = session.request({
      ":authority": NAME,
      ":path": `/tenants/acme${path}/sse?count=10000&ms=20`,
      authorization: `Bearer ${data.token()}`,
    });
    const seen = { text: "", closed: false, error: null as Error | null };
    stream.on("data", (chunk: Buffer) => {
      seen.text += chunk.toString("latin1");
    });
    stream.on("error", (error) => {
      seen.error = error;
    });
    stream.on("close", () => {
      seen.closed = true;
    });
    return seen;
  };
  const [held, free] = [listenTo(""), listenTo("/open")];
  await eventually("both streams run", () => held.text.includes("tick 2") && free.text.includes("tick 2"));
  const main = { ...routes.main, authentication: { mode: "required", requiredScopes: ["admin"] } };
  await data.plane.publish([
    fleetOf(),
    tenantOf({ slug: "acme", upstream: data.upstream.url, issuer: data.jwks.issuer, routes: { ...routes, main } }),
  ]);
  await eventually("the stream ends", () => held.closed, 2_000);
  expect(held.error).not.toBeNull();
  const before = free.text.length;
  await eventually("the other one goes on", () => free.text.length > before);
  expect(free.closed).toBe(false);
  expect((await ask(session, { ":path": "/tenants/acme/open/x" })).status).toBe(200);
  session.destroy();
});
