import type { StateStore } from "@sallyport/state-store";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { digestOfId } from "../sessions/opaque-id.js";
import type { Browser } from "./browser.js";
import { eventually } from "./gateway.js";
import { closeOf, type OpenConnection, openEvents, openWebSocket } from "./open-connections.js";
import { openStore } from "./open-store.js";
import { ACME, type SessionFleet, startSessionFleet } from "./session-fleet.js";
import type { StoreServer } from "./store-outage.js";

const HOST = new URL(ACME).host;
const COOKIE = "__Host-sallyport-acme";
/** SECURITY §3: two seconds; and what a busy machine needs, ms. */
const ENDED_MS = 2_500;
const ROUTES = {
  open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" } },
  live: { pathPrefix: "/live", upstream: "main", websocket: true, authentication: { mode: "required", authenticators: ["session"] } },
};

/** What a session has opened, over any store. */
export function openSessionsSuite(name: string, startServer: () => Promise<StoreServer>): void {
  describe(`what a session in ${name} has opened`, () => {
    let server: StoreServer;
    let fleet: SessionFleet;
    let store: StateStore;
    let opened: OpenConnection[] = [];
    beforeAll(async () => {
      server = await startServer();
      fleet = await startSessionFleet(server.url);
      await fleet.publish({ acme: { routes: ROUTES } });
      store = await openStore(server.url);
    }, 120_000);
    afterEach(() => {
      for (const { socket } of opened) socket.destroy();
      opened = [];
    });
    afterAll(async () => {
      await store?.close();
      await fleet?.close();
      await server?.close();
    });

    const signIn = () => eventually("somebody can sign in", () => fleet.signedIn().catch(() => null));
    const digestIn = (browser: Browser): string => digestOfId(browser.cookie(HOST, COOKIE) ?? "");
    async function openBy(browser: Browser): Promise<readonly [OpenConnection, OpenConnection]> {
      const cookie = `Cookie: ${COOKIE}=${browser.cookie(HOST, COOKIE)}\r\n`;
      const fields = `Host: ${HOST}\r\nX-Forwarded-Proto: https\r\nOrigin: ${ACME}\r\n${cookie}`;
      const where = { port: fleet.one.dataPort, path: "/live", fields };
      const pair = [await openWebSocket(where), await openEvents(where)] as const;
      opened.push(...pair);
      return pair;
    }

    it("ends when the session is ended elsewhere, and nobody else's does; the questions extend none", async () => {
      const [mine, other] = [await signIn(), await signIn()];
      const [ofMine, ofOther] = [await openBy(mine), await openBy(other)];
      const before = await store.sessions.get("acme", digestIn(other));
      await store.sessions.remove("acme", digestIn(mine));
      await eventually("both end", () => ofMine.every(({ ended }) => ended), ENDED_MS);
      expect(closeOf(ofMine[0])).toEqual({ code: 1_008, reason: "session_not_found" });
      expect(ofOther.map(({ ended }) => ended)).toEqual([false, false]);
      const after = await store.sessions.get("acme", digestIn(other));
      expect(after.state === "live" && before.state === "live" && after.session.extendedAtMs === before.session.extendedAtMs).toBe(true);
    });

    it("ends when all sessions of the subject, or of the tenant, are ended", async () => {
      const browser = await signIn();
      const one = await openBy(browser);
      await store.sessions.removeOfSubject("acme", { identityProvider: "main", subject: "ada" });
      await eventually("both end", () => one.every(({ ended }) => ended), ENDED_MS);
      const again = await openBy(await signIn());
      await store.sessions.removeOfTenant("acme");
      await eventually("both end", () => again.every(({ ended }) => ended), ENDED_MS);
    });

    it("ends at once when the identity provider is disabled", async () => {
      const pair = await openBy(await signIn());
      await fleet.publish({ acme: { routes: ROUTES }, idp: { status: "disabled" } });
      await eventually("both end", () => pair.every(({ ended }) => ended), 2_000);
      await fleet.publish({ acme: { routes: ROUTES } });
    });

    it("goes on while the store is away: nobody can say that the session is gone", async () => {
      const pair = await openBy(await signIn());
      await server.halt();
      const asked = () => fleet.browser().visit(`${ACME}/live`, { headers: { accept: "application/json", cookie: `${COOKIE}=${"A".repeat(43)}` } });
      const end = Date.now() + ENDED_MS;
      await eventually("the store is asked in vain for a while", async () => (await asked()).status === 503 && Date.now() > end);
      expect(pair.map(({ ended }) => ended)).toEqual([false, false]);
    }, 60_000);
  });
}
