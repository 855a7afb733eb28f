import { fork } from "node:child_process";
import { once } from "node:events";
import type { HostileIdp, HostileIdpDocument, HostileIdpModes } from "./hostile-idp.js";

type Report = Pick<HostileIdp, "issuer" | "requests">;

/** A hostile identity provider in a process of its own. Tokens that begin with `good` are active, all others are not. */
export interface ForkedHostileIdp {
  readonly issuer: string;
  setMode<D extends HostileIdpDocument>(document: D, mode: HostileIdpModes[D]): Promise<void>;
  requests(): Promise<HostileIdp["requests"]>;
  close(): Promise<void>;
}

export async function forkHostileIdp(options: { jwks: { keys: readonly unknown[] }; dripMs?: number }): Promise<ForkedHostileIdp> {
  const child = fork(new URL("./hostile-idp-process.js", import.meta.url), {
    env: { JWKS: JSON.stringify(options.jwks), DRIP_MS: String(options.dripMs ?? 1_000) },
    execArgv: [],
  });
  const reported = async (): Promise<Report> => ((await once(child, "message")) as [Report])[0];
  const ask = async (order: unknown): Promise<Report> => {
    const report = reported();
    child.send(order as never);
    return report;
  };
  const { issuer } = await reported();
  return {
    issuer,
    async setMode(document, mode) {
      await ask([document, mode]);
    },
    requests: async () => (await ask(null)).requests,
    async close() {
      if (child.exitCode !== null) return;
      child.disconnect();
      await once(child, "exit");
    },
  };
}
