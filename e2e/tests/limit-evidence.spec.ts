import { expect, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin, MACHINE_SCOPES } from "../src/admin.ts";
import { createRest, demoDocuments } from "../src/rest.ts";
import { visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";
import { accessToken } from "../src/tokens.ts";
import { clean, openView, VIEWS } from "../src/views.ts";
import { until } from "../src/wait.ts";

let stack: RunningStack;
let admin: AdminSession;

const HOT = { key: ["client_ip"], limit: 30, windowSeconds: 300, burst: 30 };
const limitOf = (metadata: object, spec: object) => ({ apiVersion: "sallyport.dev/v1", kind: "RateLimitPolicy", metadata, spec });

test.beforeAll(async () => {
  test.setTimeout(120_000);
  stack = await startStack({ demo: false });
  admin = await becomeFirstAdmin(stack);
  const rest = createRest(stack, await admin.apiToken(MACHINE_SCOPES));
  const limits = ["acme", "globex"].map((tenant) => limitOf({ name: "hot", tenant }, HOT));
  const documents = [...demoDocuments(stack), ...limits, limitOf({ name: "everybody" }, { key: ["tenant"], limit: 10_000, burst: 500 })];
  await rest("POST", "/config/apply", { documents, prune: false, dryRun: false });
  await rest("POST", "/revisions", { comment: "Limits" });
});
test.afterAll(() => stack?.stop());

for (const view of VIEWS) {
  const [colorScheme, width] = view;
  const slug = width > 600 ? "acme" : "globex";

  test(`a limit's page says who presses on it, spares one, and tries the limit on recorded traffic (${colorScheme}, ${width} px)`, async ({
    browser,
  }) => {
    test.setTimeout(120_000);
    const context = await openView(browser, admin, view);
    const page = await context.newPage();
    const token = await accessToken(stack, slug);
    const call = async () => (await fetch(`${stack.gateways[0]}/tenants/${slug}/v1/x`, { headers: { authorization: `Bearer ${token}` } })).status;
    await until("the limit refuses", async () => ((await call()) === 429 ? true : null));

    await visit(page, `${stack.consoleUrl}/tenants/${slug}/policies/rate-limits/hot`);
    const pressing = page.locator("section").filter({ has: page.getByRole("heading", { name: "Who presses on it" }) });
    await expect(pressing.getByRole("row", { name: /address 127\.0\.0\.1/ })).toBeVisible({ timeout: 30_000 });
    await pressing.getByRole("button", { name: "Exempt" }).click();
    await expect(page.getByLabel("Exempt addresses")).toHaveValue("127.0.0.1/32");
    await expect(pressing.getByRole("button", { name: "Exempt" })).toHaveCount(0);
    await page.getByLabel("Exempt addresses").fill("");

    const trying = page.locator("section").filter({ has: page.getByRole("heading", { name: "Try it on recorded traffic" }) });
    if ((await trying.getByRole("button", { name: "Stop" }).count()) === 0 && (await trying.getByRole("radio").count()) === 0)
      await clean(page, "limit-nothing-recorded", view);
    await trying.getByRole("button", { name: "Record 15 min of traffic" }).click();
    await expect(trying.getByText(/^Recording,/)).toBeVisible();
    // Nodes hear of it with their next report.
    await until(
      "requests are recorded",
      async () => {
        for (let at = 0; at < 20; at += 1) await call();
        return (await trying.getByText(/, [1-9][0-9]* requests/).count()) > 0 ? true : null;
      },
      40_000,
    );
    await trying.getByRole("button", { name: "Stop" }).click();
    await expect(trying.getByText(/^Recording,/)).toHaveCount(0);
    await page.getByLabel("At once").fill("10");
    await trying.getByRole("button", { name: "Simulate" }).click();
    await expect(trying.getByText(/would have been refused/)).toBeVisible();
    await expect(trying.getByText(/^The record: every request/)).toBeVisible();
    await expect(trying.getByRole("row", { name: /address 127\.0\.0\.1/ })).toBeVisible();
    await clean(page, "limit-evidence", view);
    await trying.getByRole("heading", { name: "Try it on recorded traffic" }).scrollIntoViewIfNeeded();
    if (process.env.SCREENSHOTS) await trying.screenshot({ path: `${process.env.SCREENSHOTS}/limit-simulation-${colorScheme}-${width}.png` });

    await visit(page, `${stack.consoleUrl}/settings/limits/everybody`);
    const fleetTrying = page.locator("section").filter({ has: page.getByRole("heading", { name: "Try it on recorded traffic" }) });
    await fleetTrying.getByLabel("Tenant").fill(slug);
    await fleetTrying.getByRole("button", { name: "Simulate" }).click();
    await expect(fleetTrying.getByText(/None of [1-9]/)).toBeVisible();
    await clean(page, "limit-evidence-fleet", view);
    await context.close();
  });
}
