import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin, MACHINE_SCOPES } from "../src/admin.ts";
import { axeFaults } from "../src/axe.ts";
import { createRest, demoDocuments } from "../src/rest.ts";
import { settled, visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";
import { until } from "../src/wait.ts";

let stack: RunningStack;
let admin: AdminSession;
let rest: ReturnType<typeof createRest>;
let context: BrowserContext;

type Document = Record<string, unknown> & { kind: string; spec: Record<string, unknown> };

test.beforeAll(async ({ browser }) => {
  test.setTimeout(120_000);
  stack = await startStack({ demo: false });
  admin = await becomeFirstAdmin(stack);
  rest = createRest(stack, await admin.apiToken(MACHINE_SCOPES));
  await apply(demoDocuments(stack) as Document[]);
  await rest("POST", "/revisions", { comment: "Acme and Globex" });
  context = await browser.newContext({ reducedMotion: "reduce", viewport: { width: 1440, height: 900 } });
  await admin.enter(context);
});
test.afterAll(() => stack?.stop());

const apply = (documents: readonly Document[]) => rest("POST", "/config/apply", { documents, prune: false, dryRun: false });

/** The demo's document of this kind and tenant, with changes to its spec. */
function changed(kind: string, tenant: string, spec: Record<string, unknown>): Document {
  const found = (demoDocuments(stack) as (Document & { metadata: { tenant?: string } })[]).find(
    (document) => document.kind === kind && document.metadata.tenant === tenant,
  );
  if (found === undefined) throw new Error(`the demo has no ${kind} of ${tenant}`);
  return { ...found, spec: { ...found.spec, ...spec } };
}

async function openDraft(query = ""): Promise<Page> {
  const page = await context.newPage();
  await visit(page, `${stack.consoleUrl}/draft${query}`);
  await settled(page);
  return page;
}

test("opening a protected route wants its warning acknowledged and its word typed; what is not chosen stays a draft", async () => {
  await apply([
    changed("Route", "acme", { authentication: { mode: "public" } }),
    changed("IdentityProvider", "globex", { clockToleranceSeconds: 7 }),
  ]);
  const page = await openDraft();
  const reach = page.getByLabel("Reach");
  await expect(reach.getByText("default", { exact: true })).toBeVisible();
  await reach.getByText("default", { exact: true }).click();
  await expect(reach.getByText("gateway-1")).toBeVisible();
  await page.getByLabel("Include globex").uncheck();
  await page.getByLabel("Comment").fill("Acme's route is public from now on");
  const publish = page.getByRole("button", { name: "Publish 1 section as revision 2" });
  await expect(publish).toBeDisabled();

  const box = page.getByRole("checkbox", { name: /^Acknowledge: tenants\/acme\/routes\// });
  await box.check();
  await expect(publish).toBeDisabled();
  const word = page.getByLabel(/to open what is protected now/);
  await word.fill("acme/wrong");
  await expect(publish).toBeDisabled();
  await word.fill((await page.locator("label code").last().textContent()) ?? "");
  expect(await axeFaults(page)).toEqual([]);
  await publish.click();
  await until("revision 2", async () => ((await rest<{ base: number }>("GET", "/draft")).base === 2 ? true : null));
  const left = await rest<{ sections: { name: string }[] }>("GET", "/draft");
  expect(left.sections.map(({ name }) => name)).toEqual(["tenants/globex"]);
  await page.close();
});

test("a direct call without the word is refused, and a rollback to what was open asks for it on its page", async () => {
  await apply([changed("Route", "acme", { authentication: { mode: "deny" } })]);
  await rest("POST", "/revisions", { comment: "Closed again" });
  const page = await context.newPage();
  await visit(page, `${stack.consoleUrl}/revisions/2`);
  await settled(page);
  await page
    .getByRole("button", { name: /go back|roll back/i })
    .first()
    .click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Comment").fill("It was right the first time");
  await dialog.getByRole("button", { name: "Roll back" }).click();
  const word = dialog.getByLabel(/to open what is protected now/);
  await word.fill((await dialog.locator("label code").textContent()) ?? "");
  await dialog.getByRole("button", { name: "Roll back" }).click();
  await page.waitForURL(/\/revisions\/4$/);
  await page.close();
});

test("two tenants that take one token are shown the token, and nothing can be published", async () => {
  const [acme] = (demoDocuments(stack) as (Document & { metadata: { tenant?: string } })[]).filter(
    ({ kind, metadata }) => kind === "IdentityProvider" && metadata.tenant === "acme",
  );
  await apply([changed("IdentityProvider", "globex", { issuer: acme?.spec.issuer, audiences: acme?.spec.audiences, tenantClaim: null })]);
  const page = await openDraft("?tenant=globex");
  await expect(page.getByText("Isolation does not hold in 1 place")).toBeVisible();
  await expect(page.getByText("Both would accept one token:")).toBeVisible();
  await expect(page.getByText("tenantClaim is not set: no claim has to name the tenant").first()).toBeVisible();
  await page.getByLabel("Comment").fill("Never");
  await expect(page.getByRole("button", { name: /^Publish/ })).toBeDisabled();
  expect(await axeFaults(page)).toEqual([]);
  await page.close();
});
