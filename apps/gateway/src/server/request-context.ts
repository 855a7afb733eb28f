import { randomBytes, randomFillSync, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Names of one request, and what the gateway itself reads from its head. */
export interface RequestContext {
  readonly requestId: string;
  readonly correlationId: string;
  /** The client's when well-formed, else a new one (W3C Trace Context). */
  readonly traceparent: string;
  /** False when the client's own can go on as it stands. */
  readonly traceparentIsNew: boolean;
  readonly forwardedProto: string | null;
  readonly host: string | null;
}

const WELL_FORMED_ID = /^[A-Za-z0-9._-]{1,128}$/;
/** Version 00 alone has a known length; all-zero ids are invalid (Trace Context §3.2.2). */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Randomness for trace ids is asked for in advance: a call for each request costs more than all the rest of its names. */
const pool = Buffer.allocUnsafe(4_096);
let poolAt = pool.length;

function newTraceId(): string {
  if (poolAt === pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  poolAt += 16;
  const id = pool.toString("hex", poolAt - 16, poolAt);
  // Trace Context §3.2.2.3: all zeroes are no id.
  return id === "0".repeat(32) ? newTraceId() : id;
}

const spanPrefix = randomBytes(4).toString("hex");
let spans = 0;

/** Eight hex digits of this process, eight that count: unique without asking for randomness each time. */
function newSpanId(): string {
  spans = (spans + 1) >>> 0;
  return spanPrefix + spans.toString(16).padStart(8, "0");
}

/** Reads a request's own names for itself; a name that occurs twice or is not well-formed is made anew. */
export function readRequestContext({ rawHeaders }: Pick<IncomingMessage, "rawHeaders">): RequestContext {
  let requestId: string | null = null;
  let correlationId: string | null = null;
  let traceparent: string | null = null;
  let traceparents = 0;
  let forwardedProto: string | null = null;
  let host: string | null = null;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    // The length tells almost every field apart without a comparison.
    switch (name.length) {
      case 4:
        if (name.toLowerCase() === "host") host = rawHeaders[index + 1] ?? null;
        break;
      case 11:
        if (name.toLowerCase() === "traceparent") {
          traceparent = rawHeaders[index + 1] ?? null;
          traceparents += 1;
        }
        break;
      case 12:
        if (name.toLowerCase() === "x-request-id") requestId = requestId === null ? (rawHeaders[index + 1] ?? "") : "";
        break;
      case 16:
        if (name.toLowerCase() === "x-correlation-id") correlationId = correlationId === null ? (rawHeaders[index + 1] ?? "") : "";
        break;
      case 17:
        if (name.toLowerCase() === "x-forwarded-proto") forwardedProto = rawHeaders[index + 1] ?? null;
        break;
    }
  }
  const id = requestId !== null && WELL_FORMED_ID.test(requestId) ? requestId : randomUUID();
  const keepsTrace = traceparents === 1 && traceparent !== null && TRACEPARENT.test(traceparent);
  return {
    requestId: id,
    correlationId: correlationId !== null && WELL_FORMED_ID.test(correlationId) ? correlationId : id,
    traceparent: keepsTrace && traceparent !== null ? traceparent : `00-${newTraceId()}-${newSpanId()}-00`,
    traceparentIsNew: !keepsTrace,
    forwardedProto,
    host,
  };
}
