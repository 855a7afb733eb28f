import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser, Page } from "./browser.js";
import { eventually } from "./gateway.js";
import { runLoad } from "./load.js";
import { ACME, type SessionFleet, startSessionFleet } from "./session-fleet.js";

/** A store that can be taken away. */
export interface StoreServer {
  readonly url: string;
  halt(): Promise<void>;
  start(): Promise<void>;
  /** Leaves every question unanswered for so long. */
  stall?(ms: number): Promise<void>;
  close(): Promise<void>;
}

const API = { headers: { accept: "application/json" } };
const codeOf = ({ body }: Page): unknown => (JSON.parse(body) as { code?: unknown }).code;

/** What is known of a kind of store: whether it has its sessions when it is back, and whether it can be made slow. */
interface Kind {
  readonly keeps: boolean;
  readonly stalls: boolean;
}

/** SECURITY §3, "Redis down, slow or flushed": over any store, through two running nodes. */
export function storeOutageSuite(name: string, startServer: () => Promise<StoreServer>, { keeps, stalls }: Kind): void {
  describe(`while ${name} is away`, () => {
    let server: StoreServer;
    let fleet: SessionFleet;
    let browser: Browser;
    beforeAll(async () => {
      server = await startServer();
      fleet = await startSessionFleet(server.url);
      browser = await eventually("somebody can sign in", () => fleet.signedIn().catch(() => null));
    }, 120_000);
    afterAll(async () => {
      await fleet?.close();
      await server?.close();
    });

    const visit = (path: string, headers: Record<string, string> = {}) =>
      browser.visit(`${ACME}${path}`, { headers: { ...API.headers, ...headers } });
    const problems = (): string[] => fleet.plane.beats.at(-1)?.problems ?? [];

    const expectAway = async (): Promise<void> => {
      for (const node of [fleet.one, fleet.two]) {
        browser.port = node.dataPort;
        const began = performance.now();
        const page = await visit("/api");
        expect([page.status, codeOf(page)]).toEqual([503, "session_store_unavailable"]);
        expect(page.headers["set-cookie"]).toBeUndefined();
        expect(page.headers["retry-after"]).toBe("5");
        expect(performance.now() - began).toBeLessThan(1_500);
      }
    };

    it("sessions refuse at every node, in bounded time, and nobody's cookie is cleared", async () => {
      await server.halt();
      await expectAway();
      for (const path of ["/.sallyport/login", `/.sallyport/callback?state=${"A".repeat(43)}`]) {
        const page = await visit(path);
        expect([path, page.status, codeOf(page)]).toEqual([path, 503, "session_store_unavailable"]);
      }
      const left = await browser.visit(`${ACME}/.sallyport/logout`, { method: "POST" });
      expect([left.status, left.headers["set-cookie"]]).toEqual([503, undefined]);
      await eventually("the control plane is told", async () =>
        (await problems()).some((sentence) => sentence.startsWith("sessions cannot be looked up")),
      );
    });

    it("a page is not sent to a login that could not be completed", async () => {
      const page = await browser.visit(`${ACME}/page`);
      expect([page.status, codeOf(page)]).toEqual([503, "session_store_unavailable"]);
    });

    it("tokens are not affected: no request fails, and none waits", async () => {
      const authorization = `Bearer ${fleet.token()}`;
      const times: number[] = [];
      for (let count = 0; count < 100; count += 1) {
        const began = performance.now();
        const { status } = await fleet.browser().visit(`${ACME}/jwt`, { headers: { accept: "*/*", authorization } });
        expect(status).toBe(200);
        times.push(performance.now() - began);
      }
      expect(times.sort((a, b) => a - b)[50]).toBeLessThan(50);
      // Without a cookie a route that takes both asks the store nothing.
      expect((await fleet.browser().visit(`${ACME}/api`, { headers: { accept: "*/*", authorization } })).status).toBe(200);
    });

    it(`it is found again by itself, ${keeps ? "with the sessions that it kept" : "empty, and people sign in again"}`, async () => {
      await server.start();
      for (const node of [fleet.one, fleet.two]) {
        browser.port = node.dataPort;
        await eventually("the node answers", async () => (await browser.visit(`${ACME}/optional`, API)).status !== 503);
      }
      if (keeps) expect((await visit("/api")).status).toBe(200);
      else expect(browser.cookies.has(`${new URL(ACME).host} __Host-sallyport-acme`)).toBe(false);
      const again = await fleet.signedIn();
      expect((await again.visit(`${ACME}/api`, API)).status).toBe(200);
      await eventually("the control plane is told", () => !problems().some((sentence) => sentence.includes("sessions cannot")));
      browser = again;
    });

    it("under load: tokens never notice, sessions refuse with one code for as long as it is away, and nobody has to mend anything", async () => {
      const again = await fleet.signedIn();
      const cookie = `__Host-sallyport-acme=${again.cookie(new URL(ACME).host, "__Host-sallyport-acme")}`;
      let stopped = false;
      const load = (path: string, headers: Record<string, string>) =>
        runLoad({
          ...{ port: fleet.one.dataPort, connections: 4, path: () => path, stop: () => stopped },
          headers: { host: new URL(ACME).host, "x-forwarded-proto": "https", accept: "application/json", ...headers },
        });
      const loads = Promise.all([load("/jwt", { authorization: `Bearer ${fleet.token()}` }), load("/api", { cookie })]);
      await new Promise((resolve) => setTimeout(resolve, 500));
      await server.halt();
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await server.start();
      await eventually("sessions are looked up again", async () => (await again.visit(`${ACME}/optional`, API)).status !== 503);
      await new Promise((resolve) => setTimeout(resolve, 500));
      stopped = true;
      const [tokens, sessions] = await loads;
      expect([tokens.broken, sessions.broken]).toEqual([[], []]);
      expect([...tokens.byStatus.keys()]).toEqual([200]);
      // Before and after it they pass, or, where the store came back empty, are no longer known.
      expect([...sessions.byStatus.keys()].sort()).toEqual(keeps ? [200, 503] : [200, 401, 503]);
      const codes = new Set(sessions.bodies.filter(({ body }) => body.includes('"status":503')).map(({ body }) => codeOf({ body } as Page)));
      expect([...codes]).toEqual(["session_store_unavailable"]);
      browser = await fleet.signedIn();
    });

    if (!stalls) return;
    it("slow is as good as away: the request is given up, the node lives", async () => {
      await server.stall?.(2_000);
      await expectAway();
      await eventually("it answers again", async () => (await visit("/api")).status === 200);
    });
  });
}
