import type { ClientHttp2Session } from "node:http2";
import { issueCertificate, type PostgresServer, startPostgresServer } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certificateFolder } from "../testing/certificate-files.js";
import { removeFolder } from "../testing/gateway.js";
import { ask, connectHttp2 } from "../testing/http2-client.js";
import { ACME, type SessionFleet, startSessionFleet } from "../testing/session-fleet.js";

const HOST = new URL(ACME).host;
const COOKIE = "__Host-sallyport-acme";
const certificate = issueCertificate({ commonName: HOST, hosts: [HOST] });

let postgres: PostgresServer;
let folder: string;
let fleet: SessionFleet;
let client: ClientHttp2Session;
beforeAll(async () => {
  postgres = await startPostgresServer();
  folder = await certificateFolder({ main: certificate });
  fleet = await startSessionFleet(postgres.url(), { certificateFolder: folder });
  client = await connectHttp2(fleet.one.tlsPort ?? 0, { ca: certificate.cert, servername: HOST });
}, 120_000);
afterAll(async () => {
  client?.destroy();
  await fleet?.close();
  await postgres?.close();
  await removeFolder(folder);
});

describe("sessions over HTTP/2", () => {
  const at = { ":authority": HOST };
  const signedIn = async (): Promise<string> => `${COOKIE}=${(await fleet.signedIn()).cookie(HOST, COOKIE)}`;

  it("sends a browser to the login, with the cookie that binds it", async () => {
    const page = await ask(client, { ...at, ":path": "/", accept: "text/html" });
    expect(page).toMatchObject({ status: 302, headers: { location: expect.stringMatching(/^\/\.sallyport\/login/) } });
    const login = await ask(client, { ...at, ":path": String(page.headers.location) });
    expect(login.status).toBe(302);
    expect(login.headers.location).toContain(encodeURIComponent(`${ACME}/.sallyport/callback`));
    expect(login.headers["set-cookie"]).toEqual([expect.stringMatching(/^__Host-sallyport\.login=.*Secure/)]);
  });

  it("knows a session, also with its cookie in crumbs, and ends it by the form of the logout", async () => {
    const cookie = await signedIn();
    expect((await ask(client, { ...at, ":path": "/api", cookie: ["theme=dark", cookie] })).status).toBe(200);
    const logout = { ":path": "/.sallyport/logout", ":method": "POST", origin: ACME, "content-type": "application/x-www-form-urlencoded" };
    expect((await ask(client, { ...at, ...logout, cookie }, "return_to=/open")).status).toBe(303);
    const after = await ask(client, { ...at, ":path": "/api", cookie });
    expect(JSON.parse(after.body)).toMatchObject({ status: 401, code: "session_not_found" });
  });

  it("takes two cookies of one session's name for what they are", async () => {
    const cookie = await signedIn();
    expect(JSON.parse((await ask(client, { ...at, ":path": "/api", cookie: [cookie, cookie] })).body)).toMatchObject({
      code: "ambiguous_credential",
    });
  });
});
