import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort, runSystemProgram } from "@sallyport/testkit";
import { MEASURED_CPU, pinTo } from "./pinned-process.mjs";

const START_MS = 5_000;

/** Why HAProxy cannot be measured against, or null. */
export const missingHaproxy = () =>
  spawnSync("haproxy", ["-v"], { stdio: "ignore" }).status === 0 ? null : "HAProxy is not installed: apt-get install haproxy";

/**
 * HAProxy 2.6 doing the same work with `jwt_verify`, on the measured CPU with one thread.
 * @param {{ alg: "RS256" | "ES256", publicKey: import("node:crypto").KeyObject, env: Record<string, string> }} options
 */
export async function startHaproxy({ alg, publicKey, env }) {
  const folder = mkdtempSync(path.join(tmpdir(), "sallyport-bench-haproxy-"));
  const key = path.join(folder, "issuer.pem");
  const file = path.join(folder, "haproxy.cfg");
  const port = await freePort();
  writeFileSync(key, publicKey.export({ type: "spki", format: "pem" }));
  writeFileSync(file, configuration({ alg, key, port, env }));
  const program = runSystemProgram("haproxy", ["-db", "-f", file]);
  pinTo(MEASURED_CPU, program.pid);
  const ended = performance.now() + START_MS;
  while (!(await answers(port))) {
    if (performance.now() > ended) throw new Error(`HAProxy did not start:\n${program.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    port,
    pid: program.pid,
    async close() {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @param {{ alg: string, key: string, port: number, env: Record<string, string> }} with */
const configuration = ({ alg, key, port, env }) => `global
  nbthread 1
defaults
  mode http
  timeout connect 2s
  timeout client 65s
  timeout server 30s
  option http-keep-alive
  http-reuse always
frontend edge
  bind 127.0.0.1:${port}
  http-request set-var(txn.bearer) http_auth_bearer
  http-request set-var(txn.exp) var(txn.bearer),jwt_payload_query('$.exp','int')
  http-request set-var(txn.now) date()
  http-request deny deny_status 401 unless { var(txn.bearer),jwt_header_query('$.alg') -m str ${alg} }
  http-request deny deny_status 401 unless { var(txn.bearer),jwt_payload_query('$.iss') -m str ${env.ISSUER} }
  http-request deny deny_status 401 unless { var(txn.bearer),jwt_payload_query('$.aud') -m str ${env.AUDIENCE} }
  http-request deny deny_status 401 unless { var(txn.exp),sub(txn.now) -m int gt 0 }
  http-request deny deny_status 401 unless { var(txn.bearer),jwt_verify(${JSON.stringify(alg)},${JSON.stringify(key)}) -m int 1 }
  http-request del-header authorization
  http-request del-header x-user -m beg
  http-request del-header x-tenant -m beg
  http-request del-header x-org -m beg
  http-request del-header x-token -m beg
  http-request set-header X-User-Id %[var(txn.bearer),jwt_payload_query('$.sub')]
  http-request set-header X-Tenant-Id ${env.TENANT}
  default_backend upstream
backend upstream
  server only ${new URL(env.UPSTREAM ?? "").host} pool-max-conn 256
`;

/** @param {number} port @returns {Promise<boolean>} */
function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    }).once("error", () => resolve(false));
  });
}
