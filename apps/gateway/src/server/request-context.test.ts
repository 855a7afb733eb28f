import { describe, expect, it } from "vitest";
import { type RequestContext, readRequestContext } from "./request-context.js";

const read = (...rawHeaders: string[]): RequestContext => readRequestContext({ rawHeaders });
const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

describe("the names of a request", () => {
  it("are the client's where they are well-formed", () => {
    expect(read("X-REQUEST-ID", "a.B_1-2", "X-Correlation-Id", "c-1", "TraceParent", TRACE)).toMatchObject({
      requestId: "a.B_1-2",
      correlationId: "c-1",
      traceparent: TRACE,
      traceparentIsNew: false,
    });
  });

  it.each(["", "a b", "a\tb", "a/b", "é", "x".repeat(129), "a;b", "<script>"])("are made anew instead of %j", (value) => {
    const { requestId, correlationId } = read("X-Request-Id", value, "X-Correlation-Id", value);
    expect(requestId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(correlationId).toBe(requestId);
  });

  it("are made anew when a client gives two", () => {
    const { requestId, traceparentIsNew } = read("X-Request-Id", "a", "X-Request-Id", "b", "traceparent", TRACE, "traceparent", TRACE);
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(traceparentIsNew).toBe(true);
  });

  it.each([
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
    `${TRACE}-extra`,
    "nonsense",
  ])("have a new trace instead of %s", (value) => {
    const context = read("traceparent", value);
    expect(context.traceparentIsNew).toBe(true);
    expect(context.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  it("are unique", () => {
    const made = Array.from({ length: 1_000 }, () => read());
    expect(new Set(made.map(({ requestId }) => requestId)).size).toBe(1_000);
    expect(new Set(made.map(({ traceparent }) => traceparent.slice(36, 52))).size).toBe(1_000);
  });
});
