import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, type Page, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin, MACHINE_SCOPES } from "../src/admin.ts";
import { axeFaults } from "../src/axe.ts";
import { createRest } from "../src/rest.ts";
import { visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";
import { accessToken } from "../src/tokens.ts";
import { until } from "../src/wait.ts";

let stack: RunningStack;
let admin: AdminSession;
const servers: Server[] = [];

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** One of two places that serve the same; a sick one fails its checks. */
const place =
  (name: string, isSick: () => boolean): RequestListener =>
  (request, response) =>
    void response.writeHead(request.url === "/healthz" && isSick() ? 503 : 200).end(name);
const blank: RequestListener = (_request, response) =>
  void response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>A page</title>");

test.beforeAll(async () => {
  test.setTimeout(120_000);
  stack = await startStack({ demo: true });
  admin = await becomeFirstAdmin(stack);
});
test.afterAll(async () => {
  for (const server of servers) server.close();
  await stack?.stop();
});

async function clean(page: Page): Promise<void> {
  await expect(page.locator("[aria-busy=true], .skel")).toHaveCount(0);
  expect(await axeFaults(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
}

for (const [colorScheme, width] of [
  ["light", 1440],
  ["dark", 390],
] as const) {
  test(`an upstream gets two addresses and checks, a route lets one origin in, and both hold at the nodes (${colorScheme}, ${width} px)`, async ({
    browser,
  }) => {
    let sick = false;
    const [one, two, app, stranger] = await Promise.all([
      serve(place("one", () => false)),
      serve(place("two", () => sick)),
      serve(blank),
      serve(blank),
    ]);
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, reducedMotion: "reduce" });
    await admin.enter(context);
    const page = await context.newPage();
    const picture = async (what: string) => {
      if (process.env.SCREENSHOTS)
        await page.screenshot({ path: `${process.env.SCREENSHOTS}/upstreams-${what}-${colorScheme}-${width}.png`, fullPage: true });
    };
    const name = `pair-${width}`;
    const prefix = `/pair-${width}`;

    await visit(page, `${stack.consoleUrl}/tenants/acme/upstreams/new`);
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Addresses").fill(`http://127.0.0.1:${one}\nhttp://127.0.0.1:${two}?x`);
    await page.getByLabel("Each node checks every address by itself").check();
    await page.getByLabel("Every, seconds").fill("1");
    await page.getByLabel("Out after failed checks in a row").fill("1");
    await page.getByLabel("Own values for failing requests").check();
    await page.getByLabel("Own values for TLS").check();
    await page.getByLabel("Authorities").fill("no certificate");
    await page.getByRole("button", { name: "Save to the draft" }).click();
    await expect(page.getByText("write http:// or https://, a host")).toBeVisible();
    await expect(page.getByText("give certificates in PEM form")).toBeVisible();
    await clean(page);
    await picture("form");
    await page.getByLabel("Own values for TLS").uncheck();
    await page.getByLabel("Addresses").fill(`http://127.0.0.1:${one}\nhttp://127.0.0.1:${two} 2`);
    await page.getByRole("button", { name: "Save to the draft" }).click();
    await expect(page.getByRole("row", { name: new RegExp(`^${name}`) })).toContainText("and 1 more");

    await visit(page, `${stack.consoleUrl}/tenants/acme/routes/new`);
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Path prefix").fill(prefix);
    await page.getByLabel("Upstream").selectOption(name);
    await page.getByLabel("Pages of other origins may call it (CORS)").check();
    await page.getByLabel("Cookies may come along").check();
    await page.getByRole("button", { name: "Save to the draft" }).click();
    await expect(page.getByText("name at least one origin")).toBeVisible();
    await page.getByRole("textbox", { name: "Origins" }).fill("*");
    await expect(page.getByText("any page could act as the person in front of it")).toBeVisible();
    await clean(page);
    await picture("cors");
    await page.getByRole("textbox", { name: "Origins" }).fill(`http://localhost:${app}`);
    await page.getByRole("button", { name: "Save to the draft" }).click();
    await expect(page.getByRole("row", { name: new RegExp(`^${name}.*${prefix}`) })).toBeVisible();

    const rest = createRest(stack, await admin.apiToken(MACHINE_SCOPES));
    await rest("POST", "/revisions", { comment: "Two places and one origin" });
    const token = await accessToken(stack, "acme");
    const url = `${stack.gateways[0]}/tenants/acme${prefix}/x`;
    await until("the route is there", async () =>
      (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status === 200 ? true : null,
    );

    await visit(page, `${stack.consoleUrl}/tenants/acme/upstreams/${name}`);
    await expect(page.getByText("healthy at all 2 nodes")).toHaveCount(2, { timeout: 20_000 });
    sick = true;
    await expect(page.getByText("fails the checks of 2 of 2")).toBeVisible({ timeout: 20_000 });
    await expect(page.getByText("the health check was answered with 503")).toBeVisible({ visible: width > 600 });
    await clean(page);
    await picture("at-the-nodes");

    /** What a page of this origin gets with its browser's own fetch; `failed` when the browser lets it read nothing. */
    const askFrom = async (port: number, authorization: string | null) => {
      const other = await context.newPage();
      await other.goto(`http://localhost:${port}/`);
      const answer = await other.evaluate(
        async ([address, credential]) => {
          try {
            const headers: Record<string, string> = credential === null ? {} : { authorization: credential };
            const response = await fetch(address, { method: "PUT", credentials: "include", headers });
            return `${response.status} ${await response.text()}`;
          } catch {
            return "failed";
          }
        },
        [url, authorization] as const,
      );
      await other.close();
      return answer;
    };
    expect(await askFrom(app, `Bearer ${token}`)).toBe("200 one");
    expect(await askFrom(app, null)).toContain('401 {"type":"urn:sallyport:problem:missing_token"');
    expect(await askFrom(stranger, `Bearer ${token}`)).toBe("failed");
    expect(await askFrom(stranger, null)).toBe("failed");
    await context.close();
  });
}
