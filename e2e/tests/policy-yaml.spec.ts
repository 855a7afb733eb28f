import { expect, type Page, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin, MACHINE_SCOPES } from "../src/admin.ts";
import { createRest, demoDocuments } from "../src/rest.ts";
import { visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";
import { clean, openView, VIEWS } from "../src/views.ts";

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
const limitOf = (name: string) => ({
  apiVersion: "sallyport.dev/v1",
  kind: "RateLimitPolicy",
  metadata: { name, tenant: "acme" },
  spec: { key: ["tenant"], limit: 100, burst: 20 },
});
const sourceOf = (name: string): string => `# Owned by payments.
apiVersion: sallyport.dev/v1
kind: RateLimitPolicy
metadata: { name: ${name}, tenant: acme }
spec:
  key: [tenant]
  limit: 100 # agreed with Acme in March
  burst: 20
`;

for (const view of VIEWS) {
  const [colorScheme, width] = view;

  test(`a policy is a form and its YAML, whose comments stay whoever edits it (${colorScheme}, ${width} px)`, async ({ browser }) => {
    test.setTimeout(120_000);
    const context = await openView(browser, admin, view);
    const page = await context.newPage();
    const name = `yaml-${width}`;
    await rest("POST", "/config/apply", { documents: [limitOf(name)], sources: [sourceOf(name)], prune: false, dryRun: false });
    await visit(page, `${stack.consoleUrl}/tenants/acme/policies/rate-limits/${name}`);

    // An edit in the form is one in the text.
    await page.getByLabel("Requests", { exact: true }).fill("250");
    await page.getByRole("button", { name: "YAML" }).click();
    const editor = page.getByRole("textbox", { name: `${name} as YAML` });
    await expect(editor).toContainText("limit: 250 # agreed with Acme in March");
    await expect(editor).toContainText("# Owned by payments.");
    await clean(page, "policy-yaml", view);

    // What is wrong is told with its line and field, and is not saved.
    const write = async (text: string) => {
      await editor.focus();
      await page.keyboard.press("ControlOrMeta+A");
      await page.keyboard.insertText(text);
    };
    await write(sourceOf(name).replace("limit: 100", "limit: lots"));
    const alert = page.locator(".note.fail");
    await expect(alert).toContainText("7:10");
    await expect(alert).toContainText("spec.limit");
    await save(page);
    await expect(page).toHaveURL(new RegExp(`/${name}$`));
    await clean(page, "policy-yaml-wrong", view);

    // An edit in the text is one in the form.
    await write(sourceOf(name).replace("limit: 100", "limit: 300").replace("burst: 20", "# Month end.\n  burst: 40"));
    await expect(alert).toHaveCount(0);
    await page.getByRole("button", { name: "Form" }).click();
    await expect(page.getByLabel("Requests", { exact: true })).toHaveValue("300");
    await expect(page.getByLabel("At once")).toHaveValue("40");
    await save(page);
    await expect(page.getByText(`${name} is in the draft`)).toBeVisible();

    const dump = await rest<{ documents: { metadata: { name: string } }[]; sources: (string | null)[] }>("GET", "/config?tenant=acme");
    const index = dump.documents.findIndex(({ metadata }) => metadata.name === name);
    expect(dump.sources[index]).toContain("limit: 300 # agreed with Acme in March");
    expect(dump.sources[index]).toContain("# Month end.");
    const { changes } = await rest<{ changes: { change: string }[] }>("POST", "/config/apply", {
      ...{ documents: dump.documents, sources: dump.sources, prune: false, dryRun: true },
    });
    expect(new Set(changes.map(({ change }) => change))).toEqual(new Set(["unchanged"]));
    await context.close();
  });
}
