import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin, MACHINE_SCOPES } from "../src/admin.ts";
import { axeFaults } from "../src/axe.ts";
import { createRest, demoDocuments } from "../src/rest.ts";
import { reload, settled, visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";
import { accessToken } from "../src/tokens.ts";
import { until } from "../src/wait.ts";

let stack: RunningStack;
let admin: AdminSession;
let rest: ReturnType<typeof createRest>;
let isOver = false;
let traffic: Promise<void>[] = [];
/** Status codes of each node since they were looked at last. */
const answers: [number[], number[]] = [[], []];

type Document = Record<string, unknown> & { kind: string; metadata: { tenant?: string }; spec: Record<string, unknown> };
const apply = (documents: readonly object[]) => rest("POST", "/config/apply", { documents, prune: false, dryRun: false });

/** Acme's route with changes to its spec, in the draft. */
function changeRoute(spec: object): Promise<unknown> {
  const route = (demoDocuments(stack) as Document[]).find(({ kind, metadata }) => kind === "Route" && metadata.tenant === "acme");
  return apply([{ ...route, spec: { ...route?.spec, ...spec } }]);
}

test.beforeAll(async () => {
  test.setTimeout(120_000);
  stack = await startStack({ demo: false });
  admin = await becomeFirstAdmin(stack);
  rest = createRest(stack, await admin.apiToken(MACHINE_SCOPES));
  await apply(demoDocuments(stack));
  await rest("POST", "/revisions", { comment: "Acme and Globex" });
  const token = await accessToken(stack, "acme");
  const use = async (node: 0 | 1): Promise<void> => {
    while (!isOver) {
      const answer = await fetch(`${stack.gateways[node]}/tenants/acme/v1/hello`, { headers: { authorization: `Bearer ${token}` } });
      await answer.arrayBuffer();
      answers[node].push(answer.status);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  traffic = [use(0), use(1)];
  await until("both nodes let people in", async () => (answers.every((each) => each.at(-1) === 200) ? true : null), 30_000);
});
test.afterAll(async () => {
  isOver = true;
  await Promise.all(traffic);
  await stack?.stop();
});

const open = async (context: BrowserContext, at: string): Promise<Page> => {
  const page = await context.newPage();
  await visit(page, `${stack.consoleUrl}${at}`);
  await settled(page);
  return page;
};

async function look(page: Page, what: string): Promise<void> {
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/rollouts-${what}.png`, fullPage: true });
}

/** Publishes from the page, to half of the nodes first, and leaves the second stage to somebody. */
async function publishInStages(page: Page, comment: string): Promise<void> {
  await page.getByLabel("Comment").fill(comment);
  await page.getByRole("button", { name: "In stages" }).click();
  await page.getByRole("button", { name: "Leave out stage 2" }).click();
  await page.getByLabel("Stage 1, % of nodes").fill("50");
  await page.getByLabel("for minutes").fill("0");
  await page.getByLabel("Then by hand").check();
}

test("a revision that refuses everybody harms one node, is rolled back by itself, and its page says why, after a reload too", async ({ browser }) => {
  const context = await browser.newContext({ reducedMotion: "reduce", viewport: { width: 1440, height: 900 } });
  await admin.enter(context);
  await changeRoute({ authentication: { mode: "required", requiredScopes: ["nobody:has"] } });
  const page = await open(context, "/draft");
  await publishInStages(page, "Only who may write");
  await page.getByLabel("Stage 1, % of nodes").fill("0");
  await expect(page.getByRole("button", { name: "Publish revision 2" })).toBeDisabled();
  await page.getByLabel("Stage 1, % of nodes").fill("50");
  expect(await axeFaults(page)).toEqual([]);
  await look(page, "draft");
  for (const each of answers) each.length = 0;
  await page.getByRole("button", { name: "Publish revision 2" }).click();
  await expect(page).toHaveURL(/\/rollouts\/2$/);
  await expect(page.getByText("Rolled back", { exact: true })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(/its nodes refuse [\d.]+ % of \d+ requests/)).toBeVisible();
  await until("both nodes let people in again", async () => (answers.every((each) => each.at(-1) === 200) ? true : null));
  expect(answers.filter((each) => each.includes(403))).toHaveLength(1);
  await reload(page);
  await settled(page);
  await expect(page.getByText(/its nodes refuse [\d.]+ % of \d+ requests/)).toBeVisible();
  await expect(page.getByText("Revision 3 has the content of revision 1 again, for all nodes.")).toBeVisible();
  expect(await axeFaults(page)).toEqual([]);
  await look(page, "rolled-back");
  await context.close();
});

for (const [colorScheme, width] of [
  ["light", 1440],
  ["dark", 390],
] as const)
  test(`a stage that does well waits for somebody, who opens the next one from the page (${colorScheme}, ${width} px)`, async ({ browser }) => {
    const context = await browser.newContext({ colorScheme, reducedMotion: "reduce", viewport: { width, height: 900 } });
    await admin.enter(context);
    await changeRoute({ websocket: colorScheme === "light" });
    const page = await open(context, "/draft");
    await publishInStages(page, "WebSockets for Acme");
    await page.getByRole("button", { name: /^Publish revision/ }).click();
    await expect(page).toHaveURL(/\/rollouts\/\d+$/);
    await expect(page.getByText("waits for somebody to promote it")).toBeVisible({ timeout: 20_000 });
    await expect(page.getByText("Old content", { exact: true }).first()).toBeVisible();
    expect(await axeFaults(page)).toEqual([]);
    await look(page, `waiting-${colorScheme}-${width}`);
    // Somebody else's publish meanwhile has to say that it takes its place.
    const refused = await rest("POST", "/revisions", { comment: "Over it" }).catch((error: Error) => error.message);
    expect(refused).toContain("is being rolled out");
    await page.getByRole("button", { name: "Open stage 2" }).click();
    await expect(page.getByText("Complete", { exact: true })).toBeVisible({ timeout: 20_000 });
    await visit(page, `${stack.consoleUrl}/rollouts`);
    await settled(page);
    await expect(page.getByText("None is under way")).toBeVisible();
    expect(await axeFaults(page)).toEqual([]);
    await look(page, `list-${colorScheme}-${width}`);
    await context.close();
  });

test("groups have stages of their own", async ({ browser }) => {
  const context = await browser.newContext({ reducedMotion: "reduce", viewport: { width: 1440, height: 900 } });
  await admin.enter(context);
  await apply([{ apiVersion: "sallyport.dev/v1", kind: "NodeGroup", metadata: { name: "edge-us" }, spec: { displayName: "United States" } }]);
  await changeRoute({ maxRequestBodyBytes: 4_096 });
  const page = await open(context, "/draft");
  await page.getByLabel("Comment").fill("Smaller bodies, the United States first");
  await page.getByRole("button", { name: "In stages" }).click();
  await page.getByLabel("Stage 1, nodes of").selectOption("edge-us");
  await page.getByLabel("Stage 1, % of nodes").fill("100");
  await page.getByLabel("for minutes").first().fill("0");
  await page.getByLabel("Stage 2, nodes of").selectOption("edge-us");
  // All of that group have it by then.
  await expect(page.getByText("More than 100")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Publish revision/ })).toBeDisabled();
  await page.getByLabel("Stage 2, nodes of").selectOption("default");
  await page.getByLabel("for minutes").last().fill("0");
  expect(await axeFaults(page)).toEqual([]);
  await look(page, "groups-draft");
  await page.getByRole("button", { name: /^Publish revision/ }).click();
  await expect(page).toHaveURL(/\/rollouts\/\d+$/);
  await expect(page.getByText("1. All nodes of edge-us")).toBeVisible();
  await expect(page.getByText("2. 50 % of the nodes of default")).toBeVisible();
  await expect(page.getByText("Complete", { exact: true })).toBeVisible({ timeout: 20_000 });
  await look(page, "groups-done");
  await context.close();
});
