import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, type Page, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin, MACHINE_SCOPES } from "../src/admin.ts";
import { createRest, demoDocuments } from "../src/rest.ts";
import { reload, saved, visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";
import { clean, openView, VIEWS } from "../src/views.ts";
import { until } from "../src/wait.ts";

let stack: RunningStack;
let admin: AdminSession;
let rest: ReturnType<typeof createRest>;
let application: Server;

/** An application with a login of its own, where every password is wrong and every page else is fine. */
const signsNobodyIn: RequestListener = (request, response) => {
  const [status, headers] = request.method === "POST" ? [302, { location: "/login?error=1" }] : [200, {}];
  request.resume().on("end", () => void response.writeHead(status, headers).end());
};

test.beforeAll(async () => {
  test.setTimeout(120_000);
  stack = await startStack({ demo: false });
  admin = await becomeFirstAdmin(stack);
  rest = createRest(stack, await admin.apiToken(MACHINE_SCOPES));
  application = createServer(signsNobodyIn);
  await new Promise<void>((resolve) => application.listen(0, "127.0.0.1", resolve));
  const { port } = application.address() as AddressInfo;
  const upstream = { apiVersion: "sallyport.dev/v1", kind: "Upstream", metadata: { name: "application", tenant: "acme" } };
  const documents = [...demoDocuments(stack), { ...upstream, spec: { url: `http://127.0.0.1:${port}` } }];
  await rest("POST", "/config/apply", { documents, prune: false, dryRun: false });
  await rest("POST", "/revisions", { comment: "Acme and Globex" });
});
test.afterAll(async () => {
  application?.close();
  await stack?.stop();
});

const group = (page: Page, name: RegExp) => page.getByRole("group", { name });
const save = (page: Page) => page.getByRole("button", { name: "Save to the draft" }).click();

for (const view of VIEWS) {
  const [colorScheme, width] = view;

  test(`a tenant takes the fleet's lockout policy, has one of its own, and gives it back (${colorScheme}, ${width} px)`, async ({ browser }) => {
    const context = await openView(browser, admin, view);
    const page = await context.newPage();
    await visit(page, `${stack.consoleUrl}/settings/lockout`);
    await expect(page.getByText("Addresses in 127.0.0.0/8 never count.")).toBeVisible();
    await group(page, /^One address/)
      .getByLabel("Failures")
      .fill("6");
    await expect(page.getByText("fails to authenticate 6 times within 5 min is locked out of the tenant for 5 min")).toBeVisible();
    await clean(page, "lockout-fleet", view);
    await save(page);
    await expect(page.getByText("The fleet's lockout policy is in the draft")).toBeVisible();
    await group(page, /^One address/)
      .getByLabel("Failures")
      .fill("5");
    await save(page);
    await saved(page, "Save to the draft");

    await visit(page, `${stack.consoleUrl}/tenants/globex/policies`);
    await expect(page.getByRole("row", { name: /^The fleet’s/ })).toContainText("An address that fails 5 times within 5 min is locked out for 5 min");
    await clean(page, "lockout-policies", view);
    await page.getByRole("link", { name: "The fleet’s" }).click();
    await expect(page.getByText("The fleet’s holds.")).toBeVisible();
    await clean(page, "lockout-inherited", view);

    await page.getByLabel("Policy", { exact: true }).selectOption("own");
    // It begins as a copy of the fleet's: nobody who was exempt is locked out by taking it over.
    await expect(page.getByLabel("Exempt addresses")).toHaveValue("127.0.0.0/8");
    await group(page, /^One username/)
      .getByLabel("Failures")
      .fill("0");
    await page.getByLabel("Exempt addresses").fill("198.51.100.0");
    await save(page);
    await expect(page.getByText("write a range such as 10.0.0.0/8 or fd00::/8")).toBeVisible();
    await expect(group(page, /^One username/).getByLabel("Failures")).toHaveAttribute("aria-invalid", "true");
    await clean(page, "lockout-own-wrong", view);
    await group(page, /^One username/)
      .getByLabel("Failures")
      .fill("3");
    await page.getByLabel("Exempt addresses").fill("198.51.100.0/24");
    await page.getByLabel("After too many failures").selectOption("observe");
    await expect(page.getByText("Each of these is reported; nothing is refused, and nothing held.")).toBeVisible();
    await clean(page, "lockout-own", view);
    await save(page);
    await expect(page.getByText("The lockout policy is in the draft")).toBeVisible();

    await visit(page, `${stack.consoleUrl}/tenants/globex/policies`);
    await expect(page.getByRole("row", { name: /^Its own/ })).toContainText("is reported; nobody is locked out");
    await page.getByRole("link", { name: "Its own" }).click();
    await expect(group(page, /^One username/).getByLabel("Failures")).toHaveValue("3");
    await page.getByLabel("Policy", { exact: true }).selectOption("inherited");
    await save(page);
    await expect(page.getByText("The lockout policy is in the draft")).toBeVisible();
    await reload(page);
    await expect(page.getByText("The fleet’s holds.")).toBeVisible();
    await context.close();
  });

  test(`two people edit one lockout policy: the second save shows both texts (${colorScheme}, ${width} px)`, async ({ browser }) => {
    const context = await openView(browser, admin, view);
    const [first, second] = [await context.newPage(), await context.newPage()];
    for (const page of [first, second]) {
      await visit(page, `${stack.consoleUrl}/tenants/globex/policies/lockout`);
      await page.getByLabel("Policy", { exact: true }).selectOption("own");
    }
    await group(first, /^One address/)
      .getByLabel("Lockout, seconds")
      .fill("1111");
    await group(second, /^One address/)
      .getByLabel("Lockout, seconds")
      .fill("2222");
    await save(first);
    await expect(first.getByText("The lockout policy is in the draft")).toBeVisible();
    await save(second);
    const conflict = second.getByRole("dialog", { name: /was saved by somebody else meanwhile/ });
    await expect(conflict).toContainText("1111");
    await expect(conflict).toContainText("2222");
    await conflict.getByRole("button", { name: "Take theirs" }).click();
    await expect(group(second, /^One address/).getByLabel("Lockout, seconds")).toHaveValue("1111");
    await second.getByLabel("Policy", { exact: true }).selectOption("inherited");
    await save(second);
    await expect(second.getByText("The lockout policy is in the draft")).toBeVisible();
    await context.close();
  });

  test(`a route says that its upstream signs people in, and guesses at it are locked out at the nodes (${colorScheme}, ${width} px)`, async ({
    browser,
  }) => {
    const context = await openView(browser, admin, view);
    const page = await context.newPage();
    const name = `login-${width}`;
    await visit(page, `${stack.consoleUrl}/tenants/acme/routes/new`);
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Path prefix").fill(`/${name}`);
    await page.getByLabel("Authentication", { exact: true }).selectOption("public");
    await page.getByLabel("Upstream").selectOption("application");
    await page.getByLabel("People sign in here").check();
    await page.getByLabel("Statuses of a failed login").fill("401\nfour");
    await save(page);
    await expect(page.getByText("write statuses from 400 to 499, one a line")).toBeVisible();
    await expect(page.getByLabel("Statuses of a failed login")).toHaveValue("401\nfour");
    await expect(page.getByText("use letters, digits, '_', '.' and '-' only")).toBeVisible();
    await clean(page, "lockout-login-wrong", view);
    await page.getByLabel("Statuses of a failed login").fill("422, 401");
    await page.getByLabel("Field of the username").fill("email");
    await page.getByLabel("A header of the answer says so, too").check();
    await page.getByLabel("Its value begins with").fill("/login?error");
    await expect(page.getByText("one with a Location that begins with /login?error, is a failed login")).toBeVisible();
    await clean(page, "lockout-login", view);
    await save(page);
    await expect(page.getByRole("row", { name: new RegExp(`^${name}`) })).toBeVisible();
    await visit(page, `${stack.consoleUrl}/tenants/acme/routes/${name}`);
    await expect(page.getByLabel("Statuses of a failed login")).toHaveValue("401\n422");

    await visit(page, `${stack.consoleUrl}/tenants/acme/policies/lockout`);
    await page.getByLabel("Policy", { exact: true }).selectOption("own");
    // Stricter in the second run: it has something to save then, too, and nothing that a publish would ask about.
    const failures = width > 600 ? 3 : 2;
    await group(page, /^One address/)
      .getByLabel("Failures")
      .fill(String(failures));
    await page.getByLabel("Exempt addresses").fill("");
    await save(page);
    await expect(page.getByText("The lockout policy is in the draft")).toBeVisible();
    await rest("POST", "/revisions", { comment: `A login at /${name}` });
    await rest("POST", "/tenants/acme/lockouts/end", { all: true });

    const url = `${stack.gateways[0]}/tenants/acme/${name}`;
    await until("the route is there", async () => ((await fetch(url)).status === 200 ? true : null));
    const guess = async () =>
      (
        await fetch(url, {
          method: "POST",
          redirect: "manual",
          headers: { "content-type": "application/json" },
          body: '{"email":"ada@acme.example"}',
        })
      ).status;
    for (let attempt = 0; attempt < failures; attempt += 1) expect(await guess()).toBe(302);
    await until("the address is locked out", async () => ((await guess()) === 429 ? true : null));
    await visit(page, `${stack.consoleUrl}/tenants/acme/lockouts`);
    await expect(page.getByRole("row", { name: /^127\.0\.0\.1/ })).toBeVisible();
    await context.close();
  });
}
