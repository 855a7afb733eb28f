import { expect, test } from "vitest";
import { openApiDocument } from "@/server/rest/openapi";
import { REST_TABLE } from "@/server/rest/table";

const document = JSON.parse(JSON.stringify(openApiDocument())) as {
  openapi: string;
  paths: Record<
    string,
    Record<string, { operationId: string; responses: Record<string, unknown>; parameters?: { in: string; name: string; required?: boolean }[] }>
  >;
  components: { schemas: Record<string, unknown> };
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test("lists every row of the table and nothing else", () => {
  const listed = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`).sort();
  expect(listed).toEqual(REST_TABLE.map(({ method, path }) => `${method} ${path}`).sort());
});

test("is structurally an OpenAPI 3.1 document: unique operation ids, every path parameter declared, every reference resolved", () => {
  expect(document.openapi).toBe("3.1.0");
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, operation } of operations) {
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === "path").map(({ name, required }) => `${name}:${required}`);
    expect(declared.sort(), path).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => `${name}:true`).sort());
    expect(Object.keys(operation.responses)).toContain("default");
  }
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => String(name));
  expect(references.length).toBeGreaterThan(10);
  for (const name of references) expect(Object.keys(document.components.schemas)).toContain(name);
});

test("no schema in it is empty where the contract has a form", () => {
  expect(document.components.schemas).toMatchObject({
    IdentityProviderSpec: { type: "object" },
    Problem: { type: "object" },
    Revision: { type: "object" },
  });
  expect(JSON.stringify(document.components.schemas.Node)).toContain('"format":"date-time"');
});
