import Fastify, { type FastifyInstance } from "fastify";
import type { Registry } from "prom-client";
import type { InternalKeys } from "../secrets/internal-keys.js";

export interface Readiness {
  readonly ready: boolean;
  /** Why not, one sentence each. */
  readonly reasons: readonly string[];
}

/** The node's own listener, for its operators and their probes: health, status, metrics, and the public keys of internal tokens; nothing of the data plane. */
export function createAdminServer(deps: {
  readonly readiness: () => Readiness;
  /** JSON. */
  readonly status: () => object;
  readonly registry: Registry;
  readonly internalKeys: Pick<InternalKeys, "published">;
}): FastifyInstance {
  const app = Fastify({ logger: false, bodyLimit: 1_024, requestTimeout: 10_000, return503OnClosing: false });
  app.get("/health/live", () => ({ status: "live" }));
  app.get("/health/ready", (_request, reply) => {
    const { ready, reasons } = deps.readiness();
    return reply.code(ready ? 200 : 503).send({ status: ready ? "ready" : "not_ready", reasons });
  });
  app.get("/status", (_request, reply) => reply.header("cache-control", "no-store").send(deps.status()));
  app.get("/metrics", async (_request, reply) => reply.type(deps.registry.contentType).send(await deps.registry.metrics()));
  app.get("/jwks.json", (_request, reply) => {
    const published = deps.internalKeys.published();
    // Nobody may remember that there were none: the first key signs at once.
    if (published === null) return reply.code(404).header("cache-control", "no-store").send({ keys: [] });
    return reply
      .header("cache-control", `public, max-age=${published.maxAgeSeconds}`)
      .type("application/jwk-set+json")
      .send({ keys: published.keys });
  });
  return app;
}
