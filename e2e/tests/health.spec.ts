import { expect, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin, MACHINE_SCOPES } from "../src/admin.ts";
import { createRest } from "../src/rest.ts";
import { visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";
import { clean, openView, VIEWS } from "../src/views.ts";
import { until } from "../src/wait.ts";

interface NodeDetail {
  readonly kid: string;
  readonly health: string;
  readonly key: { readonly askedAt: string | null; readonly previous: { readonly kid: string } | null };
}

let stack: RunningStack;
let admin: AdminSession;
let rest: ReturnType<typeof createRest>;

test.describe.configure({ mode: "serial" });
test.beforeAll(async () => {
  test.setTimeout(120_000);
  stack = await startStack({ demo: true });
  admin = await becomeFirstAdmin(stack);
  rest = createRest(stack, await admin.apiToken(MACHINE_SCOPES));
});
test.afterAll(() => stack?.stop());

const node = (name: string) => rest<NodeDetail>("GET", `/nodes/${name}`);

for (const [index, view] of VIEWS.entries()) {
  const [colorScheme, width] = view;
  const name = `gateway-${index + 1}`;

  test(`a node renews its keys when somebody asks, and its page shows what overlaps (${colorScheme}, ${width} px)`, async ({ browser }) => {
    const before = await node(name);
    expect(before.key.previous).toBeNull();
    const context = await openView(browser, admin, view);
    const page = await context.newPage();
    await visit(page, `${stack.consoleUrl}/nodes?node=${name}`);
    await page.getByRole("button", { name: "Renew keys now" }).click();
    const after = await until("the node has another key", async () => {
      const now = await node(name);
      return now.kid !== before.kid && now.key.askedAt === null ? now : null;
    });
    expect(after.key.previous?.kid).toBe(before.kid);
    const drawer = page.getByRole("dialog", { name: new RegExp(name) });
    await expect(drawer.getByText(after.kid)).toBeVisible();
    await expect(drawer.getByText(`${before.kid.slice(0, 12)}…`)).toBeVisible();
    await drawer.getByRole("heading", { name: "Its own key" }).scrollIntoViewIfNeeded();
    await clean(page, "node-key", view);
    expect((await node(name)).health).toBe("serving");
    await context.close();
  });

  test(`a check says what it looks at, and is asked anew (${colorScheme}, ${width} px)`, async ({ browser }) => {
    const context = await openView(browser, admin, view);
    const page = await context.newPage();
    await visit(page, `${stack.consoleUrl}/health?check=SP-CTRL-002`);
    const drawer = page.getByRole("dialog", { name: "Changes are heard at once" });
    await expect(drawer.getByText("Holds", { exact: true })).toBeVisible();
    await drawer.getByRole("button", { name: "Re-check" }).click();
    await expect(page.getByText("SP-CTRL-002: holds")).toBeVisible();
    await clean(page, "health-check", view);
    await context.close();
  });
}

test("a node that ends is found by its check, on the overview and on the page of checks, until it is back", async ({ browser }) => {
  const context = await openView(browser, admin, VIEWS[0]);
  const page = await context.newPage();
  await visit(page, `${stack.consoleUrl}/health`);
  const row = page.getByRole("row").filter({ hasText: "SP-NODE-001" });
  await expect(row.getByText("Holds")).toBeVisible();
  await stack.parts.gateways[1].stop();
  await expect(row.getByText("Fails")).toBeVisible({ timeout: 40_000 });
  await expect(row.getByText("gateway-2 is silent")).toBeVisible();
  await row.getByRole("button", { name: "Every node is heard", exact: true }).click();
  await expect(page.getByRole("dialog").getByText("No heartbeat for more than 15 s.")).toBeVisible();
  await clean(page, "health-check-fails", VIEWS[0]);
  await visit(page, stack.consoleUrl);
  await expect(page.getByRole("link", { name: "SP-NODE-001" })).toBeVisible();
  await clean(page, "overview-with-a-silent-node", VIEWS[0]);
  await stack.parts.gateways[1].start();
  await expect(page.getByRole("link", { name: "SP-NODE-001" })).toBeHidden({ timeout: 30_000 });
  await context.close();
});
