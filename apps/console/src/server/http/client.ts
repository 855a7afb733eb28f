import "server-only";
import { randomUUID } from "node:crypto";
import type { Client } from "@sallyport/control-plane";
import { composition } from "@/server/control-plane";
import { clientAddress } from "@/server/peer-address";

const WELL_FORMED = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/;

/** From where a request comes, and the id under which its log lines, audit rows and errors are found. */
export function clientOf(headers: Pick<Headers, "get">): Client {
  const given = headers.get("x-request-id");
  return {
    ip: clientAddress(headers, composition().trustedProxies),
    userAgent: headers.get("user-agent")?.slice(0, 512) ?? null,
    requestId: given !== null && WELL_FORMED.test(given) ? given : randomUUID(),
  };
}
