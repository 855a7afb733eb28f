import { expect, type Page, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin } from "../src/admin.ts";
import { axeFaults } from "../src/axe.ts";
import { reload, settled, visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";

let stack: RunningStack;
let admin: AdminSession;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  stack = await startStack({ demo: true });
  admin = await becomeFirstAdmin(stack);
});
test.afterAll(() => stack?.stop());

/** An authority of these tests; nobody has its key. */
const AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBfTCCASOgAwIBAgIUdvLRmKkzKxH1IRi12X0SAtUShKMwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJQWNtZSBSb290MB4XDTI2MTEyNTIxNTMwNVoXDTM2MTEyMjIx
NTMwNVowFDESMBAGA1UEAwwJQWNtZSBSb290MFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAExybY2DweAJCchdDEB5m6+P9NEDd0rk9LD+n6MVljc2eBKe3E37QrgJrQ
HlW9r9SYUiShkOkbAZnDxbK2ITNMD6NTMFEwHQYDVR0OBBYEFLic+A8wxsUdFNed
V+KdPIg9fA8RMB8GA1UdIwQYMBaAFLic+A8wxsUdFNedV+KdPIg9fA8RMA8GA1Ud
EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgXcZBthUm10/7ZrxP/PZN3Hsu
OdYgO9XGJKUSy/a6HLcCIQCAJgwVnlMkNWmDwCBvRkdjmR8sHKGwDdMPq9UpT36m
7Q==
-----END CERTIFICATE-----
`;

async function clean(page: Page): Promise<void> {
  expect(await axeFaults(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
}

for (const [colorScheme, width] of [
  ["light", 1440],
  ["dark", 390],
] as const) {
  test(`a tenant says whose client certificates count, and a route takes them (${colorScheme}, ${width} px)`, async ({ browser }) => {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, reducedMotion: "reduce" });
    await admin.enter(context);
    const page = await context.newPage();
    const picture = async (what: string) => {
      if (process.env.SCREENSHOTS)
        await page.screenshot({ path: `${process.env.SCREENSHOTS}/certificates-${what}-${colorScheme}-${width}.png`, fullPage: true });
    };
    await visit(page, `${stack.consoleUrl}/tenants/acme/certificates`);
    const take = page.getByRole("checkbox", { name: "Take client certificates" });
    const save = page.getByRole("button", { name: "Save certificates to the draft" });
    await take.setChecked(false);
    await take.setChecked(true);
    await page.getByLabel("Authorities").fill("nonsense");
    await save.click();
    await expect(page.getByText("write certificates as PEM and nothing else")).toBeVisible();
    await clean(page);
    await picture("refused");
    await page.getByLabel("Authorities").fill(AUTHORITY);
    await page.getByLabel("Certificates count with").selectOption("uri");
    // Another one each time: what stands there already is nothing to save.
    const within = `spiffe://acme.example/${colorScheme}/${width}/`;
    await page.getByLabel("URIs that begin with").fill(within);
    await page.getByLabel("Roles").fill("service");
    await save.click();
    await expect(page.getByText("The client certificates are in the draft")).toBeVisible();
    await reload(page);
    await settled(page);
    await expect(page.getByLabel("URIs that begin with")).toHaveValue(within);
    await expect(page.getByLabel("Authorities")).toHaveValue(/^-----BEGIN CERTIFICATE-----/);
    await clean(page);
    await picture("saved");

    await visit(page, `${stack.consoleUrl}/tenants/acme/routes/payments`);
    await page.getByRole("checkbox", { name: "Client certificate" }).setChecked(true);
    await expect(page.getByText("a client certificate").first()).toBeVisible();
    await settled(page);
    await picture("route");

    await visit(page, `${stack.consoleUrl}/settings`);
    await page.getByRole("checkbox", { name: "Trusted proxies hand them on in a header" }).setChecked(true);
    await expect(page.getByLabel("Header of client certificates")).toHaveValue("Client-Cert");
    await clean(page);
    await picture("fleet");

    await visit(page, `${stack.consoleUrl}/tenants/acme/certificates`);
    await take.setChecked(false);
    await save.click();
    await expect(page.getByText("The client certificates are in the draft")).toBeVisible();
    await context.close();
  });
}
