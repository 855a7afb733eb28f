// Fastify with @fastify/http-proxy, @fastify/jwt and get-jwks, as their documentation puts them together.
import proxy from "@fastify/http-proxy";
import jwt from "@fastify/jwt";
import Fastify from "fastify";
import buildGetJwks from "get-jwks";

const { UPSTREAM = "", ISSUER = "", AUDIENCE = "", TENANT = "" } = process.env;
const IDENTITY = /^x-(?:user|tenant|org|token|roles|groups|session)(?:-|$)/;
const keys = buildGetJwks({ jwksPath: "jwks", issuersWhitelist: [ISSUER] });

const app = Fastify({ logger: false });
app.register(jwt, {
  decode: { complete: true },
  secret: (_request, { header, payload }) => keys.getPublicKey({ kid: header.kid, alg: header.alg, domain: payload.iss }),
  verify: { allowedIss: ISSUER, allowedAud: AUDIENCE, algorithms: ["RS256", "ES256"], requiredClaims: ["exp", "sub"] },
});
app.register(proxy, {
  upstream: UPSTREAM,
  async preHandler(request, reply) {
    try {
      await request.jwtVerify();
    } catch {
      return reply.code(401).header("www-authenticate", "Bearer").send({ error: "invalid_token" });
    }
  },
  replyOptions: {
    rewriteRequestHeaders(request, headers) {
      const forwarded = {};
      for (const [name, value] of Object.entries(headers)) if (name !== "authorization" && !IDENTITY.test(name)) forwarded[name] = value;
      forwarded["x-user-id"] = request.user.sub;
      forwarded["x-tenant-id"] = TENANT;
      return forwarded;
    },
  },
});
const address = await app.listen({ host: "127.0.0.1", port: 0 });
process.once("disconnect", () => process.exit(0));
process.send?.({ kind: "ready", port: Number(new URL(address).port) });
