// A gateway from the textbook: Fastify, @fastify/http-proxy, and jose with the issuer's remote key set.
import proxy from "@fastify/http-proxy";
import Fastify from "fastify";
import { createRemoteJWKSet, jwtVerify } from "jose";

const { UPSTREAM = "", ISSUER = "", AUDIENCE = "", TENANT = "" } = process.env;
const keys = createRemoteJWKSet(new URL(`${ISSUER}/jwks`));
const options = { issuer: ISSUER, audience: AUDIENCE, algorithms: ["RS256"], requiredClaims: ["exp", "sub"] };
const IDENTITY = /^x-(?:user|tenant|org|token|roles|groups|session)(?:-|$)/;

const app = Fastify({ logger: false });
app.decorateRequest("subject", "");
app.register(proxy, {
  upstream: UPSTREAM,
  async preHandler(request, reply) {
    const { authorization = "" } = request.headers;
    try {
      if (!authorization.startsWith("Bearer ")) throw new Error("no bearer token");
      const { payload } = await jwtVerify(authorization.slice(7), keys, options);
      request.setDecorator("subject", payload.sub ?? "");
    } catch {
      return reply.code(401).header("www-authenticate", "Bearer").send({ error: "invalid_token" });
    }
  },
  replyOptions: {
    rewriteRequestHeaders(request, headers) {
      /** @type {Record<string, string | string[] | undefined>} */
      const forwarded = {};
      for (const [name, value] of Object.entries(headers)) if (name !== "authorization" && !IDENTITY.test(name)) forwarded[name] = value;
      forwarded["x-user-id"] = request.getDecorator("subject");
      forwarded["x-tenant-id"] = TENANT;
      return forwarded;
    },
  },
});
const address = await app.listen({ host: "127.0.0.1", port: 0 });
process.once("disconnect", () => process.exit(0));
process.send?.({ kind: "ready", port: Number(new URL(address).port) });
