import { generateKeyPairSync } from "node:crypto";
import { withFleet } from "@sallyport/data";
import { SECRETS_SECTION, type SecretsSection, secretsSection } from "@sallyport/snapshot";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { queryOwner } from "../testing/query-owner.js";
import { refusalOf } from "../testing/refusal.js";
import { admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await startTestFleet();
  await makeTenant(fleet.cp, "acme");
});
afterEach(() => fleet.close());

const scope = () => fleet.cp.access.tenant(admin, "acme", "tenant.read");
const client = { method: "client_secret_basic", clientId: "gateway", secret: "introspection" };
const provider = (introspection: Record<string, unknown>) => ({
  issuer: "https://idp.acme.example",
  audiences: ["acme-api"],
  introspection: { client, ...introspection },
});
const put = async (kind: "IdentityProvider" | "Secret", name: string, spec: unknown, version: number | null = null) =>
  fleet.cp.objects.put(await scope(), kind, name, { spec, version });
const publish = async () => fleet.cp.draft.publish(admin, { comment: "Test", base: (await fleet.cp.draft.summary(admin)).base });
const ENDPOINT = "https://idp.acme.example/introspect";
const OTHER = "https://elsewhere.example/introspect";

const itemsNow = async () => Object.keys(await valuesNow());
const itemNow = async () => (await valuesNow())["acme/introspection"];

/** The sealed values that nodes get now. */
async function valuesNow(): Promise<SecretsSection["items"]> {
  const row = await withFleet(fleet.data.fleet, (tx) =>
    tx.revisionGroup.findFirstOrThrow({ orderBy: { revision: "desc" }, select: { manifest: true } }),
  );
  const hash = (row.manifest as Record<string, string>)[SECRETS_SECTION];
  if (hash === undefined) return {};
  const { body } = await withFleet(fleet.data.fleet, (tx) => tx.section.findUniqueOrThrow({ where: { hash }, select: { body: true } }));
  return secretsSection.parse(body).items;
}

describe("the secret of an introspection client", () => {
  it("must be there when the identity provider is saved, and stays as long as it is named", async () => {
    const refusal = await refusalOf(put("IdentityProvider", "opaque", provider({ endpoint: ENDPOINT })));
    expect(refusal).toMatchObject({ code: "invalid", issues: [{ path: "spec.introspection.client.secret" }] });
    await put("Secret", "introspection", { type: "client_secret" });
    await put("IdentityProvider", "opaque", provider({ endpoint: ENDPOINT }));
    const removal = await refusalOf(fleet.cp.objects.remove(await scope(), "Secret", "introspection", { version: 1 }));
    expect(removal).toMatchObject({ code: "precondition", message: expect.stringContaining('identity provider "opaque"') });
  });

  it("must have a value before it is published, and be of the kind that the method needs", async () => {
    await put("Secret", "introspection", { type: "client_secret" });
    const { version } = await put("IdentityProvider", "opaque", provider({ endpoint: ENDPOINT }));
    expect(await refusalOf(publish())).toMatchObject({ code: "invalid" });
    await fleet.cp.secrets.set(await scope(), "introspection", { value: "s3cret" });
    const asKey = { method: "private_key_jwt", clientId: "gateway", key: "introspection" };
    await put("IdentityProvider", "opaque", provider({ endpoint: ENDPOINT, client: asKey }), version);
    expect(await refusalOf(publish())).toMatchObject({ code: "invalid", issues: [{ message: expect.stringContaining("needs a private_key") }] });
  });

  it("goes to the endpoint that it was set for, and to no other: a changed address has no value before it is set again", async () => {
    await put("Secret", "introspection", { type: "client_secret" });
    const { version } = await put("IdentityProvider", "opaque", provider({ endpoint: ENDPOINT }));
    await fleet.cp.secrets.set(await scope(), "introspection", { value: "s3cret" });
    await publish();
    expect(await itemsNow()).toEqual(["acme/introspection"]);
    await put("IdentityProvider", "opaque", provider({ endpoint: OTHER }), version);
    expect(await refusalOf(publish())).toMatchObject({ code: "invalid" });
    expect(await itemsNow()).toEqual(["acme/introspection"]);
    await fleet.cp.secrets.set(await scope(), "introspection", { value: "s3cret for elsewhere" });
    await publish();
    expect(await itemsNow()).toEqual(["acme/introspection"]);
  });

  it("goes on with its live value, however many addresses the draft tries, and whatever kind it makes of it", async () => {
    await put("Secret", "introspection", { type: "client_secret" });
    let { version } = await put("IdentityProvider", "opaque", provider({ endpoint: ENDPOINT }));
    await fleet.cp.secrets.set(await scope(), "introspection", { value: "s3cret" });
    await publish();
    const live = await itemNow();
    for (const name of ["b", "c", "d", "e", "f"]) {
      ({ version } = await put("IdentityProvider", "opaque", provider({ endpoint: `https://${name}.example/introspect` }), version));
      await fleet.cp.secrets.set(await scope(), "introspection", { value: `s3cret for ${name}` });
      expect(await itemNow()).toEqual(live);
    }
    // Nobody who tries addresses fills the table.
    expect(await queryOwner(fleet, "select count(*)::int as count from secret_value")).toEqual([{ count: 5 }]);

    await put("Secret", "introspection", { type: "private_key" }, 1);
    const asKey = { method: "private_key_jwt", clientId: "gateway", key: "introspection" };
    await put("IdentityProvider", "opaque", provider({ endpoint: ENDPOINT, client: asKey }), version);
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    await fleet.cp.secrets.set(await scope(), "introspection", { value: privateKey.export({ type: "pkcs8", format: "pem" }).toString() });
    expect(await itemNow()).toEqual(live);
    await publish();
    expect(await itemNow()).toMatchObject({ version: 7 });
  });
});
