import { type Browser, type BrowserContext, expect, type Page, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin, MACHINE_SCOPES } from "../src/admin.ts";
import { tabTo } from "../src/keyboard.ts";
import { type Colleague, inviteColleague } from "../src/people.ts";
import { createRest, demoDocuments } from "../src/rest.ts";
import { reload, settled, visit } from "../src/settled.ts";
import { sql } from "../src/sql.ts";
import { type RunningStack, startStack } from "../src/stack.ts";
import { accessToken } from "../src/tokens.ts";
import { until } from "../src/wait.ts";

const TENANTS = 10_000;
const ALERTS = 50_000;

let stack: RunningStack;
let admin: AdminSession;
let rest: ReturnType<typeof createRest>;
let colleague: Colleague;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  stack = await startStack({ demo: false });
  admin = await becomeFirstAdmin(stack);
  rest = createRest(stack, await admin.apiToken(MACHINE_SCOPES));
  const limit = { apiVersion: "sallyport.dev/v1", kind: "RateLimitPolicy", metadata: { name: "everybody", tenant: "acme" } };
  const documents = [...demoDocuments(stack), { ...limit, spec: { key: ["tenant"], limit: 1_000, burst: 50 } }];
  await rest("POST", "/config/apply", { documents, prune: false, dryRun: false });
  await rest("POST", "/revisions", { comment: "Acme and Globex" });
  await applyHooli("standard");
  colleague = await inviteColleague(stack, admin, "Jonas Thiel", "operator");
});
test.afterAll(() => stack?.stop());

/** A change of a tenant that waits in the draft. */
async function applyHooli(plan: string): Promise<void> {
  const hooli = { apiVersion: "sallyport.dev/v1", kind: "Tenant", metadata: { name: "hooli" }, spec: { displayName: "Hooli", plan } };
  await rest("POST", "/config/apply", { documents: [hooli], prune: false, dryRun: false });
}

async function enter(browser: Browser, who: { enter(context: BrowserContext): Promise<void> } = admin): Promise<BrowserContext> {
  const context = await browser.newContext({ reducedMotion: "reduce", viewport: { width: 1440, height: 900 } });
  await who.enter(context);
  return context;
}

async function open(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  await visit(page, stack.consoleUrl + path);
  await settled(page);
  return page;
}

/** Somebody carries a token of globex to acme: an alert. */
async function crossBorder(): Promise<void> {
  const token = await accessToken(stack, "globex");
  await until("acme's border at the gateway", async () => {
    const answer = await fetch(`${stack.gateways[0]}/tenants/acme/v1/hello`, { headers: { authorization: `Bearer ${token}` } });
    return answer.status === 403 ? true : null;
  });
}

test("an edit is made, reviewed and published by keyboard alone, with the focus in sight at every stop", async ({ browser }) => {
  const context = await enter(browser);
  const page = await open(context, "/tenants/acme/settings");
  await tabTo(page, page.getByLabel("Plan"));
  await page.keyboard.press("Control+a");
  await page.keyboard.type("typed-by-keyboard");
  await tabTo(page, page.getByRole("button", { name: "Save settings to the draft" }));
  await page.keyboard.press("Enter");
  await expect(page.getByText("The settings are in the draft").first()).toBeVisible();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog", { name: "Search or jump to" })).toBeVisible();
  await page.keyboard.type("publish");
  await expect(page.getByRole("option", { name: "Review and publish the draft" })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/draft$/);
  await settled(page);
  await expect(page.getByText("typed-by-keyboard").first()).toBeVisible();
  const comment = page.getByLabel("Comment");
  await tabTo(page, comment);
  await page.keyboard.type("Acme gets its new plan");
  const publish = page.getByRole("button", { name: "Publish revision 2" });
  await tabTo(page, publish);
  await tabTo(page, page.getByLabel("Skip to the content").or(page.getByText("Skip to the content")), { back: true });
  await tabTo(page, publish);
  await page.keyboard.press("Enter");
  await expect(page.getByText("2 of 2 nodes applied")).toBeVisible({ timeout: 20_000 });
  await context.close();
});

test("a reviewer lands on the alerts, sees nothing to publish with, and a direct call is answered like one for a missing revision", async ({
  browser,
}) => {
  const reviewer = await inviteColleague(stack, admin, "Sana Virtanen", "security_reviewer");
  await applyHooli("something-to-publish");
  const context = await browser.newContext();
  const page = await context.newPage();
  await visit(page, `${stack.consoleUrl}/`);
  await page.getByLabel("E-mail").fill(reviewer.email);
  await page.getByLabel("Password").fill(reviewer.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(`${stack.consoleUrl}/alerts`);
  await settled(page);
  for (const path of ["/draft", "/tenants/hooli", "/tenants/acme/settings", "/revisions/1", "/nodes"]) {
    await visit(page, stack.consoleUrl + path);
    await settled(page);
    for (const words of [/publish/i, /roll back/i, /^save/i, /^add /i, /^delete/i, /^remove/i]) {
      await expect(page.getByRole("button", { name: words }), `${words} at ${path}`).toHaveCount(0);
      await expect(page.getByRole("main").getByRole("link", { name: words }), `${words} at ${path}`).toHaveCount(0);
    }
  }
  // Who knows the shortcut does not wait for the menu: no letter is lost.
  await page.keyboard.press("Control+k");
  await page.keyboard.type("publish");
  await expect(page.getByRole("dialog", { name: "Search or jump to" })).toBeVisible();
  await expect(page.getByText("Nothing is called “publish”.")).toBeVisible();
  await context.close();

  const answers = await Promise.all([
    reviewer.call("query", "revisions.get", { number: 999_999 }),
    reviewer.call("mutation", "draft.publish", { comment: "Everything", base: 2 }),
    reviewer.call("mutation", "revisions.rollback", { to: 1, comment: "Back" }),
  ]);
  const plain = answers.map(({ status, body }) => {
    const { json } = (body as { error: { json: { message: string; data: { problem: object } } } }).error;
    return { status, message: json.message, ...json.data.problem, requestId: null };
  });
  expect(plain[0]?.status).toBe(404);
  expect(plain[1]).toEqual(plain[0]);
  expect(plain[2]).toEqual(plain[0]);
});

test("two people edit one policy: the second save shows both texts, and neither is lost", async ({ browser }) => {
  const contexts = [await enter(browser), await enter(browser, colleague)] as const;
  const path = "/tenants/acme/policies/rate-limits/everybody";
  const [first, second] = [await open(contexts[0], path), await open(contexts[1], path)];
  await first.getByLabel("Requests").fill("1111");
  await second.getByLabel("Requests").fill("2222");
  await first.getByRole("button", { name: "Save to the draft" }).click();
  await expect(first).toHaveURL(/\/policies$/);
  await second.getByRole("button", { name: "Save to the draft" }).click();
  const conflict = second.getByRole("dialog", { name: /was saved by somebody else meanwhile/ });
  await expect(conflict).toContainText("1111");
  await expect(conflict).toContainText("2222");
  await conflict.getByRole("button", { name: "Back to the form" }).click();
  await expect(second.getByLabel("Requests")).toHaveValue("2222");
  await second.getByRole("button", { name: "Save to the draft" }).click();
  await conflict.getByRole("button", { name: "Save mine" }).click();
  await expect(second).toHaveURL(/\/policies$/);
  await first.goto(stack.consoleUrl + path);
  await expect(first.getByLabel("Requests")).toHaveValue("2222");
  for (const context of contexts) await context.close();
});

test("a token shown once is nowhere afterwards: page, history, storage, answers, database, logs", async ({ browser }) => {
  const context = await enter(browser);
  const page = await open(context, "/settings/tokens");
  await page.getByRole("button", { name: "Make a token" }).click();
  await page.getByLabel("What it is for").fill("Shown once");
  await page.getByRole("checkbox", { name: "fleet.read" }).check();
  await page.getByRole("button", { name: "Make the token" }).last().click();
  await expect(page.getByRole("dialog")).toContainText(/spt_[A-Za-z0-9_-]{20,}/);
  const secret = /spt_[A-Za-z0-9_-]{20,}/.exec(await page.getByRole("dialog").innerText())?.[0] ?? "";
  expect(secret).not.toBe("");
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  const answers: string[] = [];
  page.on("response", (response) => {
    if (!response.url().includes("/_next/"))
      void response.text().then(
        (text) => answers.push(text),
        () => undefined,
      );
  });
  const kept = () =>
    page.evaluate(
      () =>
        `${document.documentElement.outerHTML}${JSON.stringify({ ...localStorage, ...sessionStorage })}${location.href}${JSON.stringify(history.state)}`,
    );
  expect(await kept()).not.toContain(secret);
  await page.getByRole("button", { name: "Make a token" }).click();
  await expect(page.getByLabel("What it is for")).toHaveValue("");
  await reload(page);
  await settled(page);
  await visit(page, `${stack.consoleUrl}/audit`);
  await settled(page);
  expect(await kept()).not.toContain(secret);
  expect(answers.join("\n")).not.toContain(secret);
  const stored = await sql<{ row: string }>(
    stack,
    "select row_to_json(t)::text as row from api_token t union all select row_to_json(a)::text from audit_record a",
  );
  expect(stored.map(({ row }) => row).join("\n")).toContain("Shown once");
  expect(stored.map(({ row }) => row).join("\n")).not.toContain(secret);
  const { readFile } = await import("node:fs/promises");
  expect(await readFile(`${stack.dataDir}/logs/console.log`, "utf8")).not.toContain(secret);
  await context.close();
});

test("deleting a tenant wants its slug typed, and names the traffic that is affected", async ({ browser }) => {
  const context = await enter(browser);
  const page = await open(context, "/tenants/hooli/settings");
  await page.getByRole("button", { name: "Delete hooli…" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete tenant hooli" });
  await expect(dialog).toContainText(/\d+ requests of the last 24 h came for it/);
  const confirm = dialog.getByRole("button", { name: "Delete hooli" });
  for (const wrong of ["", "hool", "Hooli", "acme"]) {
    await dialog.getByLabel("Type the slug to go on").fill(wrong);
    await expect(confirm).toBeDisabled();
    await page.keyboard.press("Enter");
  }
  await expect(dialog).toBeVisible();
  await dialog.getByLabel("Type the slug to go on").fill("hooli");
  await confirm.click();
  await expect(page).toHaveURL(/\/tenants$/);
  await expect(page.getByRole("link", { name: "acme", exact: true })).toBeVisible();
  await expect(page.getByRole("link", { name: "hooli", exact: true })).toHaveCount(0);
  await context.close();
});

test("acknowledging shows at once; a forced 500 takes it back and says why; Undo works", async ({ browser }) => {
  await crossBorder();
  const context = await enter(browser);
  const page = await open(context, "/alerts");
  const row = page.locator("tr", { hasText: "Token of globex used at acme" });
  await expect(row).toContainText("Open");
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route("**/api/trpc/alerts.bulk*", async (route) => {
    await held;
    await route.fulfill({
      status: 500,
      contentType: "application/json",
      body: JSON.stringify([
        {
          error: {
            json: { message: "Something went wrong here. Try again.", code: -32603, data: { code: "INTERNAL_SERVER_ERROR", httpStatus: 500 } },
          },
        },
      ]),
    });
  });
  await row.hover();
  await page.keyboard.press("j");
  await page.keyboard.press("a");
  // The answer is still held back.
  await expect(row).toContainText("Ack’d", { timeout: 2_000 });
  answer();
  await expect(row).toContainText("Open");
  await expect(page.getByText(/nothing was changed/).first()).toBeVisible();
  await expect(page.getByText("Something went wrong here. Try again.").first()).toBeVisible();
  await page.unroute("**/api/trpc/alerts.bulk*");
  await page.keyboard.press("a");
  await expect(row).toContainText("Ack’d");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(row).toContainText("Open");
  await context.close();
});

test("an empty list, one that a filter empties, and one that failed say different things", async ({ browser }) => {
  const context = await enter(browser);
  const page = await open(context, "/alerts?view=closed");
  await expect(page.getByRole("heading", { name: "No alert in this view" })).toBeVisible();
  await visit(page, `${stack.consoleUrl}/alerts?q=nothing-is-called-this`);
  await expect(page.getByRole("heading", { name: "No alert matches" })).toBeVisible();
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await expect(page.getByText("Token of globex used at acme").first()).toBeVisible();
  await page.route("**/api/trpc/*alerts.list*", (route) => route.abort());
  await page.getByLabel("Search alerts").fill("another question");
  await expect(page.getByRole("heading", { name: "Could not load alerts" })).toBeVisible({ timeout: 20_000 });
  await page.unroute("**/api/trpc/*alerts.list*");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { name: "No alert matches" })).toBeVisible();
  await context.close();
});

test("a killed gateway turns amber, then red, without a reload, and back", async ({ browser }) => {
  test.setTimeout(120_000);
  const context = await enter(browser);
  const page = await open(context, "/nodes");
  const row = page.locator("tr[data-row=gateway-2]");
  await expect(row.locator(".st.ok", { hasText: "Serving" })).toBeVisible({ timeout: 20_000 });
  stack.parts.gateways[1]?.kill("SIGKILL");
  await expect(row.locator(".st.att", { hasText: "Degraded" })).toBeVisible({ timeout: 20_000 });
  await expect(row.locator(".st.fail", { hasText: "Silent" })).toBeVisible({ timeout: 20_000 });
  await stack.parts.restartGateway(2);
  await expect(row.locator(".st.ok", { hasText: "Serving" })).toBeVisible({ timeout: 20_000 });
  await context.close();
});

test("the API is away for some seconds: the page stays, its data is labelled, what is typed stays, and it recovers by itself", async ({
  browser,
}) => {
  const context = await enter(browser);
  const page = await open(context, "/tenants/globex/settings");
  await page.getByLabel("Display name").fill("Typed while the API was away");
  // What opens above a page is fetched once the page rests.
  await page.waitForTimeout(2_500);
  stack.parts.console.kill("SIGKILL");
  await expect(page.getByText(/The API is away/)).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole("heading", { name: "globex", level: 1 })).toBeVisible();
  await page.getByRole("button", { name: "Save settings to the draft" }).click();
  await expect(page.getByText("Not saved").first()).toBeVisible({ timeout: 20_000 });
  await stack.parts.console.start();
  await expect(page.getByText(/The API is away/)).toBeHidden({ timeout: 30_000 });
  await expect(page.getByLabel("Display name")).toHaveValue("Typed while the API was away");
  await page.getByRole("button", { name: "Save settings to the draft" }).click();
  await expect(page.getByText("The settings are in the draft").first()).toBeVisible();
  await context.close();
});

test(`a list of ${ALERTS} alerts keeps at most 60 rows in the document`, async ({ browser }) => {
  await sql(
    stack,
    `insert into alert (id, number, fingerprint, kind, severity, tenant_slug, title, status, count, first_seen_at, last_seen_at, evidence, updated_at)
     select gen_random_uuid(), 1000 + n, 'seeded-' || n, 'cross_tenant_attempt', 'high', 'acme', 'Seeded alert ' || n, 'open', 1,
       now() - n * interval '1 second', now() - n * interval '1 second', '{}', now() from generate_series(1, $1::int) n`,
    [ALERTS],
  );
  const context = await enter(browser);
  const page = await open(context, "/alerts");
  await expect(page.getByText("Seeded alert 1", { exact: true })).toBeVisible();
  for (let turn = 0; turn < 3; turn += 1) {
    expect(await page.locator("tbody tr").count()).toBeLessThanOrEqual(60);
    await page.getByRole("button", { name: "Next page" }).click();
    await expect(page).toHaveURL(/after=/);
  }
  await context.close();
});

test(`the command menu is there within a frame or two of its keys and finds one of ${TENANTS} tenants`, async ({ browser }) => {
  await sql(
    stack,
    `insert into tenant (id, slug, display_name, plan, spec, updated_at)
     select gen_random_uuid(), 'merchant-' || lpad(n::text, 5, '0'), 'Merchant ' || n, 'standard',
       jsonb_build_object('displayName', 'Merchant ' || n, 'plan', 'standard', 'status', 'active', 'domains', '[]'::jsonb), now()
     from generate_series(1, $1::int) n`,
    [TENANTS],
  );
  const context = await enter(browser);
  const page = await open(context, "/audit");
  // Fetched once the page rests, so that it is there when its keys are pressed.
  await page.waitForTimeout(2_500);
  await page.evaluate(() => {
    const at = { pressed: 0, shown: 0 };
    Object.assign(window, { at });
    document.addEventListener(
      "keydown",
      () => {
        at.pressed ||= performance.now();
      },
      true,
    );
    new MutationObserver(() => {
      if (at.shown === 0 && document.querySelector(".cmdk-input")) requestAnimationFrame(() => (at.shown = performance.now()));
    }).observe(document.body, { childList: true, subtree: true });
  });
  await page.keyboard.press("Control+k");
  const menu = page.getByRole("dialog", { name: "Search or jump to" });
  await expect(menu).toBeVisible();
  const { pressed, shown } = await page.evaluate(() => (window as unknown as { at: { pressed: number; shown: number } }).at);
  const typed = Date.now();
  await page.keyboard.type("merchant-07342");
  const found = menu.getByRole("option", { name: /merchant-07342/ });
  await expect(found).toBeVisible({ timeout: 5_000 });
  test.info().annotations.push({
    type: "measured",
    description: `open ${Math.round(shown - pressed)} ms, found ${Date.now() - typed} ms after the first key`,
  });
  expect(shown - pressed).toBeLessThan(1_000);
  await expect(found).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/tenants\/merchant-07342/);
  await context.close();
});
