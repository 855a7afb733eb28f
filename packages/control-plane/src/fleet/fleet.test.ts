import { createTestCertificate } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refusalOf } from "../testing/refusal.js";
import { admin, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startTestFleet();
});
afterAll(() => fleet.close());

const scope = (permission: "fleet.read" | "fleet.write" | "node.read" | "node.write") => fleet.cp.access.fleet(admin, permission);

describe("the fleet's settings", () => {
  it("are saved by one of two people who edit them at once; the other sees what stands", async () => {
    const { spec, version } = await fleet.cp.fleet.settings(await scope("fleet.read"));
    const write = await scope("fleet.write");
    const saves = ["a.example", "b.example"].map((domain) =>
      fleet.cp.fleet.putSettings(write, { version, spec: { ...spec, baseDomains: [domain] } }),
    );
    const results = await Promise.allSettled(saves);
    const won = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    expect(won).toHaveLength(1);
    const lost = results.find((result) => result.status === "rejected");
    expect(lost).toMatchObject({ reason: { code: "conflict", current: won[0] } });
    expect(await fleet.cp.fleet.settings(await scope("fleet.read"))).toEqual(won[0]);
  });

  it("take an optional part that a form has emptied for one that was left out", async () => {
    const scope = await fleet.cp.access.fleet(admin, "fleet.write");
    const { version, spec } = await fleet.cp.fleet.settings(scope);
    const saved = await fleet.cp.fleet.putSettings(scope, { version, spec: { ...spec, clientCertificateHeader: undefined } });
    expect(Object.keys(saved.spec)).not.toContain("clientCertificateHeader");
  });

  it("name the field that is wrong", async () => {
    const { version } = await fleet.cp.fleet.settings(await scope("fleet.read"));
    const refusal = await refusalOf(fleet.cp.fleet.putSettings(await scope("fleet.write"), { version, spec: { trustedProxies: ["10.0.0.0"] } }));
    expect(refusal.issues).toEqual([{ path: "spec.trustedProxies.0", message: "write a range such as 10.0.0.0/8 or fd00::/8" }]);
  });
});

describe("private authorities", () => {
  const broken = "-----BEGIN CERTIFICATE-----\nTm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----";
  const put = async (idpCertificates: object) => {
    const { version } = await fleet.cp.fleet.settings(await scope("fleet.read"));
    return fleet.cp.fleet.putSettings(await scope("fleet.write"), { version, spec: { idpCertificates } });
  };

  it("are kept when they can be read, and refused with their place when they cannot, from the console and from files", async () => {
    const { cert } = createTestCertificate({ hosts: ["id.example"] });
    expect((await put({ authorities: `${cert}\n${cert}`, trustPublic: false })).spec.idpCertificates).toEqual({
      authorities: cert + cert,
      trustPublic: false,
    });
    const issue = { path: "spec.idpCertificates.authorities", message: expect.stringContaining("the 2. of them") };
    expect((await refusalOf(put({ authorities: `${cert}${broken}` }))).issues).toEqual([issue]);
    const document = {
      apiVersion: "sallyport.dev/v1",
      kind: "Fleet",
      metadata: { name: "default" },
      spec: { idpCertificates: { authorities: cert + broken } },
    };
    const refusal = await refusalOf(fleet.cp.config.apply(admin, { documents: [document] }));
    expect(refusal.issues).toEqual([{ ...issue, path: `documents.0.${issue.path}` }]);
  });

  it("are named when nobody else is believed, and are nothing but certificates", async () => {
    expect((await refusalOf(put({ trustPublic: false }))).issues[0]?.path).toBe("spec.idpCertificates.authorities");
    for (const authorities of ["-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "AAAA", `${broken}x`])
      expect((await refusalOf(put({ authorities }))).code).toBe("invalid");
  });
});

describe("fleet-wide policies", () => {
  it("are made, changed and deleted against their version", async () => {
    const write = await scope("fleet.write");
    const spec = { key: ["client_ip" as const], limit: 10, burst: 5, plans: ["gold"] };
    const { version } = await fleet.cp.fleet.policies.put(write, "flood", { version: null, spec });
    expect((await refusalOf(fleet.cp.fleet.policies.put(write, "flood", { version: null, spec }))).code).toBe("conflict");
    const changed = await fleet.cp.fleet.policies.put(write, "flood", { version, spec: { ...spec, limit: 20 } });
    expect((await refusalOf(fleet.cp.fleet.policies.remove(write, "flood", { version }))).code).toBe("conflict");
    await fleet.cp.fleet.policies.remove(write, "flood", { version: changed.version });
    expect(await fleet.cp.fleet.policies.list(await scope("fleet.read"))).toEqual([]);
    expect((await refusalOf(fleet.cp.fleet.policies.remove(write, "flood", { version: 1 }))).code).toBe("not_found");
  });
});

describe("node groups", () => {
  it("refuse tenants that are not there", async () => {
    const refusal = await refusalOf(
      fleet.cp.groups.put(await scope("node.write"), "edge", { version: null, spec: { displayName: "Edge", tenants: ["nobody"] } }),
    );
    expect(refusal.issues).toEqual([
      { path: "spec.tenants.0", message: 'names the tenant "nobody", which does not exist; create it first or choose another' },
    ]);
  });

  it("are not deleted while they have nodes, and the default one never", async () => {
    const write = await scope("node.write");
    const { version } = await fleet.cp.groups.put(write, "edge", { version: null, spec: { displayName: "Edge" } });
    const { id: groupId } = await fleet.data.fleet.nodeGroup.findUniqueOrThrow({ where: { name: "edge" } });
    await fleet.data.fleet.node.createMany({ data: [{ name: "n1", groupId, publicKey: {}, kid: "k1", version: "0.1.0" }] });
    expect((await refusalOf(fleet.cp.groups.remove(write, "edge", { version }))).message).toMatch(/^edge has 1 node, archived ones included\./);
    await fleet.data.fleet.node.deleteMany({ where: { name: "n1" } });
    await fleet.cp.groups.remove(write, "edge", { version });
    const standard = await fleet.cp.groups.get(await scope("node.read"), "default");
    expect((await refusalOf(fleet.cp.groups.remove(write, "default", { version: standard.version }))).code).toBe("precondition");
  });
});
