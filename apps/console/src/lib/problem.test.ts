import { describe, expect, it } from "vitest";
import { problemOf, problemText } from "./problem.js";

describe("reading a failure", () => {
  it("takes code, fields and request id from a tRPC error", () => {
    const problem = problemOf({
      message: "A field is wrong.",
      data: { problem: { code: "invalid", issues: [{ path: "spec.issuer", message: "write https://" }], current: null, requestId: "r-1" } },
    });
    expect(problem).toEqual({
      code: "invalid",
      message: "A field is wrong.",
      issues: [{ path: "spec.issuer", message: "write https://" }],
      current: null,
      requestId: "r-1",
    });
  });
  it("takes them from problem+json as well", () =>
    expect(problemOf({ code: "unauthenticated", detail: "E-mail or password is wrong.", request_id: "r-2" })).toMatchObject({
      code: "unauthenticated",
      message: "E-mail or password is wrong.",
      requestId: "r-2",
    }));
  it("says that nothing answered when nothing did", () =>
    expect(problemOf(new TypeError("fetch failed"))).toMatchObject({ code: "unreachable", issues: [] }));
  it("survives garbage", () => {
    for (const value of [null, undefined, 7, "x", { data: { problem: 3 } }, { data: { problem: { issues: [null, 1] } } }])
      expect(problemOf(value).issues).toEqual([]);
  });
  it("names the request in its sentence", () =>
    expect(problemText({ message: "No.", data: { problem: { requestId: "r-3" } } })).toBe("No. Request r-3."));
});
