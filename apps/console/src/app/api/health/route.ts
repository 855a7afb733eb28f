import { controlPlane } from "@/server/control-plane";

export const dynamic = "force-dynamic";

const TIMEOUT_MS = 1_500;

/** 200 when this process answers and reaches the database, else 503. Says nothing more: it is open to everybody. */
export async function GET(): Promise<Response> {
  const timeout = new Promise<never>((_resolve, reject) => setTimeout(reject, TIMEOUT_MS, new Error("the database did not answer in time")).unref());
  try {
    await Promise.race([controlPlane().installation.facts(), timeout]);
    return Response.json({ status: "ok", database: "reachable" }, { headers: { "cache-control": "no-store" } });
  } catch {
    return Response.json({ status: "failing", database: "unreachable" }, { status: 503, headers: { "cache-control": "no-store" } });
  }
}
