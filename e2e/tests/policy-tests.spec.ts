import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin, MACHINE_SCOPES } from "../src/admin.ts";
import { axeFaults } from "../src/axe.ts";
import { inviteColleague } from "../src/people.ts";
import { createRest, demoDocuments } from "../src/rest.ts";
import { settled, visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";

let stack: RunningStack;
let admin: AdminSession;
let rest: ReturnType<typeof createRest>;
let context: BrowserContext;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(120_000);
  stack = await startStack({ demo: false });
  admin = await becomeFirstAdmin(stack);
  rest = createRest(stack, await admin.apiToken(MACHINE_SCOPES));
  await rest("POST", "/config/apply", { documents: demoDocuments(stack), prune: false, dryRun: false });
  await rest("POST", "/revisions", { comment: "Acme and Globex" });
  context = await browser.newContext({ reducedMotion: "reduce", viewport: { width: 1440, height: 900 } });
  await admin.enter(context);
});
test.afterAll(() => stack?.stop());

const VIEWS = [
  ["light", 1440],
  ["dark", 390],
  ["dark", 1440],
  ["light", 390],
] as const;

/** Clean for axe and never sideways, wide in light and narrow in dark; pictures are of all four. */
async function clean(page: Page, what: string): Promise<void> {
  const { SCREENSHOTS } = process.env;
  for (const [colorScheme, width] of SCREENSHOTS ? VIEWS : VIEWS.slice(0, 2)) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    expect(await axeFaults(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/tests-${what}-${colorScheme}-${width}.png`, fullPage: true });
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1440, height: 900 });
}

test("a test is written in a form that says what it means, tried, saved, and holds", async () => {
  const page = await context.newPage();
  await visit(page, `${stack.consoleUrl}/tenants/acme/tests`);
  await expect(page.getByText("acme has no policy tests")).toBeVisible();
  await page.getByRole("link", { name: "Add a test" }).click();
  await page.getByLabel("Name").fill("orders-need-a-token");
  await page.getByLabel("What it guards").fill("Orders are for people who signed in.");
  await page.getByLabel("Path").fill("/v1/orders");
  await expect(page.getByText("GET /v1/orders without a credential is refused with missing_token.")).toBeVisible();
  await page.getByLabel("With", { exact: true }).selectOption("token_expired");
  await page.getByRole("button", { name: "Run on the draft" }).click();
  await expect(page.getByText("It fails")).toBeVisible();
  await expect(page.getByText("It was refused with missing_token, not with token_expired.")).toBeVisible();
  await expect(page.getByRole("list", { name: "Steps" }).getByText("missing_token: no Authorization field")).toBeVisible();
  await clean(page, "editor");
  await page.getByLabel("With", { exact: true }).selectOption("missing_token");
  await page.getByRole("button", { name: "Run on the draft" }).click();
  await expect(page.getByText("It passes")).toBeVisible();
  await page.getByRole("button", { name: "Save test" }).click();
  await page.waitForURL(/\/tenants\/acme\/tests$/);
  await expect(page.getByText("All 1 pass on the draft")).toBeVisible();

  await page.getByRole("link", { name: "Add a test" }).click();
  await page.getByLabel("Name").fill("people-of-acme-pass");
  await page.getByLabel("Path").fill("/v1/orders");
  await page.getByLabel("Credential").selectOption("token");
  await page.getByLabel("Claims").fill('sub=ada\nroles=["a", "b"]');
  await page.getByLabel("Outcome").selectOption("allow");
  await page.getByLabel("As", { exact: true }).selectOption("named");
  await page.getByLabel("Subject").fill("ada");
  await page.getByLabel("Headers that the upstream gets").fill("X-User-Id: ada\nX-Admin");
  await page.getByRole("button", { name: "Save test" }).click();
  await page.waitForURL(/\/tenants\/acme\/tests$/);
  await expect(page.getByText("All 2 pass on the draft")).toBeVisible();
  expect((await rest<{ unpublished: number }>("GET", "/draft")).unpublished).toBe(0);
  await page.close();
});

test("a publish that a test says no to is held back, and goes out with the word and a reason, on record", async () => {
  const [route] = (demoDocuments(stack) as { kind: string; metadata: { tenant?: string }; spec: object }[]).filter(
    ({ kind, metadata }) => kind === "Route" && metadata.tenant === "acme",
  );
  const open = { ...route, spec: { ...route?.spec, authentication: { mode: "public" } } };
  await rest("POST", "/config/apply", { documents: [open], prune: false, dryRun: false });
  const page = await context.newPage();
  await visit(page, `${stack.consoleUrl}/tenants/acme/tests`);
  await expect(page.getByText("2 of 2 fail on the draft")).toBeVisible();
  await clean(page, "list");
  await page.getByRole("button", { name: "Live" }).click();
  await expect(page.getByText("All 2 pass on revision 1")).toBeVisible();

  await visit(page, `${stack.consoleUrl}/draft`);
  await settled(page);
  const tests = page.getByRole("region", { name: "Policy tests" });
  await expect(tests.getByText("publishing is held back")).toBeVisible();
  await expect(tests.getByText("refused with missing_token").first()).toBeVisible();
  await page.getByLabel("Comment").fill("Orders are open from now on");
  await page.getByRole("checkbox", { name: /^Acknowledge: tenants\/acme\/routes\// }).check();
  await page.getByLabel(/to open what is protected now/).fill("acme/api");
  const publish = page.getByRole("button", { name: "Publish revision 2" });
  await expect(publish).toBeDisabled();
  await page.getByLabel(/to publish although tests fail/).fill("2 failing tests of acme");
  await expect(publish).toBeDisabled();
  await page.getByLabel("Why that is right").fill("The tests are from before the redesign.");
  await clean(page, "review");
  await publish.click();
  await expect(page.getByText("Everything is published")).toBeVisible();
  const audit = await rest<{ items: { action: string; after: { overruled?: { reason: string; tests: string[] } } }[] }>("GET", "/audit?limit=5");
  const entry = audit.items.find(({ action }) => action === "revision.publish");
  expect(entry?.after.overruled?.reason).toBe("The tests are from before the redesign.");
  expect(entry?.after.overruled?.tests).toHaveLength(2);
  await page.close();
});

test("where a second person is asked for, a publish waits, is void after an edit, and goes out when somebody else approves", async ({ browser }) => {
  const mine = await context.newPage();
  await visit(mine, `${stack.consoleUrl}/settings`);
  await mine.getByLabel("A second person approves each publish").check();
  await expect(mine.getByText("Publishes wait for a second person")).toBeVisible();
  const change = (seconds: number) => {
    const [document] = (demoDocuments(stack) as { kind: string; metadata: { tenant?: string }; spec: object }[]).filter(
      ({ kind, metadata }) => kind === "IdentityProvider" && metadata.tenant === "globex",
    );
    const documents = [{ ...document, spec: { ...document?.spec, clockToleranceSeconds: seconds } }];
    return rest("POST", "/config/apply", { documents, prune: false, dryRun: false });
  };
  const ask = async (comment: string) => {
    await visit(mine, `${stack.consoleUrl}/draft`);
    await mine.getByLabel("Comment").fill(comment);
    await mine.getByRole("button", { name: "Ask for approval of revision 3" }).click();
    await expect(mine.getByText(`“${comment}”`)).toBeVisible();
  };
  await change(7);
  await ask("Seven seconds will do");
  const waiting = mine.getByRole("region", { name: "Waiting for approval" });
  await expect(waiting.getByText("You asked for it: somebody else approves.")).toBeVisible();
  await expect(waiting.getByRole("button", { name: "Approve and publish" })).toHaveCount(0);
  await mine.getByLabel("Emergency: publish without approval").check();
  await expect(mine.getByRole("button", { name: "Publish revision 3" })).toBeDisabled();
  await clean(mine, "approval");
  await change(8);
  await expect(waiting.getByText("Void", { exact: true })).toBeVisible({ timeout: 20_000 });
  await ask("Eight seconds will do");

  const colleague = await inviteColleague(stack, admin, "Mara Okafor", "publisher");
  const theirs = await browser.newContext({ reducedMotion: "reduce", viewport: { width: 1440, height: 900 } });
  await colleague.enter(theirs);
  const page = await theirs.newPage();
  await visit(page, `${stack.consoleUrl}/draft`);
  const requests = page.getByRole("region", { name: "Waiting for approval" });
  await expect(requests.getByRole("button", { name: "Approve and publish" })).toHaveCount(1);
  await clean(page, "approve");
  await requests.getByRole("button", { name: "Reject…" }).last().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Why").fill("It was asked for anew.");
  expect(await axeFaults(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Reject" }).click();
  await requests.getByRole("button", { name: "Approve and publish" }).click();
  await expect(page.getByText("Everything is published")).toBeVisible();
  await visit(page, `${stack.consoleUrl}/revisions/3`);
  await expect(page.getByText(", approved by Mara Okafor", { exact: false })).toBeVisible();
  await theirs.close();
  await mine.close();
});
