import { withFleet } from "@sallyport/data";
import { SECRETS_SECTION, secretsSection } from "@sallyport/snapshot";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
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

/** Names of the secrets whose values nodes get now. */
async function itemsNow(): Promise<string[]> {
  const row = await withFleet(fleet.data.fleet, (tx) =>
    tx.revisionGroup.findFirstOrThrow({ orderBy: { revision: "desc" }, select: { manifest: true } }),
  );
  const hash = (row.manifest as Record<string, string>)[SECRETS_SECTION];
  if (hash === undefined) return [];
  const { body } = await withFleet(fleet.data.fleet, (tx) => tx.section.findUniqueOrThrow({ where: { hash }, select: { body: true } }));
  return Object.keys(secretsSection.parse(body).items);
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
});
