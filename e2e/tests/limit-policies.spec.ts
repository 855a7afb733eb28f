import { expect, type Page, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin, MACHINE_SCOPES } from "../src/admin.ts";
import { createRest, demoDocuments } from "../src/rest.ts";
import { reload, saved, visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";
import { accessToken } from "../src/tokens.ts";
import { clean, openView, VIEWS } from "../src/views.ts";
import { until } from "../src/wait.ts";

let stack: RunningStack;
let admin: AdminSession;
let rest: ReturnType<typeof createRest>;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  stack = await startStack({ demo: false });
  admin = await becomeFirstAdmin(stack);
  rest = createRest(stack, await admin.apiToken(MACHINE_SCOPES));
  await rest("POST", "/config/apply", { documents: demoDocuments(stack), prune: false, dryRun: false });
});
test.afterAll(() => stack?.stop());

const save = (page: Page) => page.getByRole("button", { name: "Save to the draft" }).click();

const numbersOf = (page: Page, of: string) => page.getByRole("group", { name: `Other numbers for ${of}`, exact: true });

for (const view of VIEWS) {
  const [colorScheme, width] = view;

  test(`a limit of the fleet has other numbers for a plan and a tenant, spares some, and has its place (${colorScheme}, ${width} px)`, async ({
    browser,
  }) => {
    const context = await openView(browser, admin, view);
    const page = await context.newPage();
    const name = `plans-${width}`;
    await visit(page, `${stack.consoleUrl}/settings/limits/new`);
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Exempt addresses").fill("198.51.100.0");
    await page.getByLabel("Exempt API keys").fill("nightly batch");
    await page.getByRole("button", { name: "Add other numbers" }).click();
    await save(page);
    await expect(page.getByText("write a range such as 10.0.0.0/8 or fd00::/8")).toBeVisible();
    await expect(page.getByText("name an API key of the tenant, or in a fleet-wide policy tenant/key")).toBeVisible();
    const plan = numbersOf(page, "a plan");
    await expect(plan.getByLabel("Plan", { exact: true })).toHaveAttribute("aria-invalid", "true");
    await clean(page, "limit-fleet-wrong", view);

    await page.getByLabel("Exempt addresses").fill("198.51.100.0/24");
    await page.getByLabel("Exempt API keys").fill("acme/nightly-batch");
    await plan.getByLabel("Plan", { exact: true }).fill("scale");
    const scale = numbersOf(page, "scale");
    await scale.getByLabel("Requests").fill("50000");
    await page.getByRole("button", { name: "Add other numbers" }).click();
    const second = numbersOf(page, "a plan");
    // The same plan once more is refused, and nothing of the first is lost.
    await second.getByLabel("Plan", { exact: true }).fill("scale");
    await save(page);
    await expect(page.getByText("is named above already; change that one")).toBeVisible();
    const twice = page.getByRole("group", { name: "Other numbers for scale", exact: true }).last();
    await twice.getByLabel("For", { exact: true }).selectOption("tenants");
    await twice.getByLabel("Slug").fill("globex");
    const globex = numbersOf(page, "globex");
    await globex.getByLabel("Above it").selectOption("observe");
    await globex.getByLabel("Within, seconds").fill("60");
    await page.getByLabel("Place").fill("10");
    await expect(page.getByText("A tenant of plan scale has 50,000 a second, at most 100 at once; more is refused.")).toBeVisible();
    await expect(page.getByText("globex has 1,000 a minute, at most 100 at once; more is only counted.")).toBeVisible();
    await expect(page.getByText("Requests from 198.51.100.0/24, and with the API key acme/nightly-batch are not counted.")).toBeVisible();
    await clean(page, "limit-fleet", view);
    await save(page);
    await expect(page.getByRole("row", { name: new RegExp(`^${name}`) })).toBeVisible();

    const { documents } = await rest<{ documents: readonly { kind: string; metadata: { name: string }; spec: unknown }[] }>("GET", "/config");
    expect(documents.find((each) => each.kind === "RateLimitPolicy" && each.metadata.name === name)?.spec).toMatchObject({
      order: 10,
      exempt: { addresses: ["198.51.100.0/24"], apiKeys: ["acme/nightly-batch"] },
      overrides: {
        plans: { scale: { limit: 50_000, burst: 100 } },
        tenants: { globex: { limit: 1_000, burst: 100, windowSeconds: 60, action: "observe" } },
      },
    });

    await visit(page, `${stack.consoleUrl}/settings/limits/${name}`);
    await expect(numbersOf(page, "globex").getByLabel("Above it")).toHaveValue("observe");
    await numbersOf(page, "globex").getByRole("button", { name: "Remove" }).click();
    await page.getByLabel("Place").fill("");
    await page.getByLabel("Exempt addresses").fill("");
    await page.getByLabel("Exempt API keys").fill("");
    await save(page);
    await expect(page).toHaveURL(/\/settings\/limits$/);
    await visit(page, `${stack.consoleUrl}/settings/limits/${name}`);
    await expect(page.getByText("A tenant of plan scale has")).toBeVisible();
    await expect(page.getByText("are not counted.")).toHaveCount(0);
    await expect(page.getByText("It is looked at in place")).toHaveCount(0);
    await context.close();
  });

  test(`a limit of a tenant counts by username at the route that names its field, and slows down (${colorScheme}, ${width} px)`, async ({
    browser,
  }) => {
    const context = await openView(browser, admin, view);
    const page = await context.newPage();
    const [route, name] = [`reset-${width}`, `resets-${width}`];
    await visit(page, `${stack.consoleUrl}/tenants/acme/routes/new`);
    await page.getByLabel("Name", { exact: true }).fill(route);
    await page.getByLabel("Path prefix").fill(`/${route}`);
    await page.getByLabel("Field that rate limits count by").fill("e mail");
    await save(page);
    await expect(page.getByText("use letters, digits, '_', '.' and '-' only")).toBeVisible();
    await page.getByLabel("Field that rate limits count by").fill("email");
    await save(page);
    await expect(page.getByRole("row", { name: new RegExp(`^${route}`) })).toBeVisible();

    await visit(page, `${stack.consoleUrl}/tenants/acme/policies/rate-limits/new`);
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Requests").fill("3");
    await page.getByLabel("Within, seconds").fill("3600");
    await page.getByLabel("At once").fill("3");
    await page.getByRole("checkbox", { name: "tenant" }).uncheck();
    await page.getByRole("checkbox", { name: "username" }).check();
    await page.getByLabel("Above it").selectOption("slow_down");
    await page.getByRole("checkbox", { name: route }).check();
    await expect(page.getByText("3 an hour, at most 3 at once, for each username; more is slowed down.")).toBeVisible();
    await expect(page.getByText("What is slowed down waits, each time longer, 4 s at most.")).toBeVisible();
    await expect(page.getByText("Other numbers for a plan or a tenant")).toHaveCount(0);
    await clean(page, "limit-tenant", view);
    await save(page);
    await expect(page.getByRole("row", { name: new RegExp(`^${name}`) })).toContainText("for each username; more is slowed down");

    await visit(page, `${stack.consoleUrl}/tenants/acme/settings`);
    const said = page.getByLabel("What a 429 says of the limit");
    await said.selectOption(width > 600 ? "legacy" : "none");
    await page.getByRole("button", { name: "Save settings to the draft" }).click();
    await expect(page.getByText("The settings are in the draft")).toBeVisible();
    await clean(page, "limit-tenant-settings", view);
    await said.selectOption("");
    await page.getByRole("button", { name: "Save settings to the draft" }).click();
    await saved(page, "Save settings to the draft");
    await visit(page, `${stack.consoleUrl}/tenants/acme/settings`);
    await expect(said).toHaveValue("");
    await context.close();
  });

  test(`a tenant's page says how close it is to each limit at the nodes, and the fleet's who is refused most (${colorScheme}, ${width} px)`, async ({
    browser,
  }) => {
    const context = await openView(browser, admin, view);
    const page = await context.newPage();
    // A minute must be over before it is looked at.
    test.setTimeout(180_000);
    const slug = width > 600 ? "acme" : "globex";
    await visit(page, `${stack.consoleUrl}/tenants/${slug}/policies`);
    if (width > 600) await expect(page.getByText("Nodes know nothing of")).toBeVisible();
    const inTenant = (name: string, spec: object) => ({
      ...{ apiVersion: "sallyport.dev/v1", kind: "RateLimitPolicy", metadata: { name, tenant: slug } },
      spec,
    });
    const documents = [
      inTenant("few", { key: ["tenant"], limit: 3, windowSeconds: 300, burst: 3 }),
      inTenant("many", { key: ["tenant"], limit: 100_000, burst: 10 }),
      inTenant("each-address", { key: ["client_ip"], limit: 100, burst: 100 }),
    ];
    await rest("POST", "/config/apply", { documents, prune: false, dryRun: false });
    await rest("POST", "/revisions", { comment: `Limits of ${slug}` });
    const token = await accessToken(stack, slug);
    const call = async () => (await fetch(`${stack.gateways[0]}/tenants/${slug}/v1/x`, { headers: { authorization: `Bearer ${token}` } })).status;
    await until("a limit refuses", async () => ((await call()) === 429 ? true : null));

    const row = (name: string) => page.getByRole("row", { name: new RegExp(`^${name}`) }).last();
    await reload(page);
    await expect(row("each-address")).toContainText("counted by caller, at the nodes");
    // What nodes report of a minute is looked at once the minute is over.
    await expect(row("few")).toContainText(/[0-9] %/);
    await expect(page.getByText(/^[1-9][0-9]* refused in 15 min/)).toBeVisible({ timeout: 30_000 });
    await expect(row("few")).toContainText(/[1-9][0-9.]* %/, { timeout: 90_000 });
    await expect(row("many")).toContainText("0.00 %");
    await clean(page, "limit-use", view);
    await visit(page, `${stack.consoleUrl}/settings/limits`);
    await expect(page.getByRole("row", { name: new RegExp(`^${slug} [1-9]`) })).toBeVisible();
    await clean(page, "limit-fleet-list", view);
    await context.close();
  });
}
