// Express with express-jwt, jwks-rsa and http-proxy-middleware, as their documentation puts them together.
import { Agent } from "node:http";
import express from "express";
import { expressjwt } from "express-jwt";
import { createProxyMiddleware } from "http-proxy-middleware";
import jwksRsa from "jwks-rsa";

const { UPSTREAM = "", ISSUER = "", AUDIENCE = "", TENANT = "" } = process.env;
const IDENTITY = /^x-(?:user|tenant|org|token|roles|groups|session)(?:-|$)/;

const app = express();
app.disable("x-powered-by");
app.use(
  expressjwt({
    secret: jwksRsa.expressJwtSecret({ cache: true, rateLimit: true, jwksUri: `${ISSUER}/jwks` }),
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: ["RS256", "ES256"],
  }),
);
app.use(
  createProxyMiddleware({
    target: UPSTREAM,
    agent: new Agent({ keepAlive: true }),
    on: {
      proxyReq(outgoing, request) {
        for (const name of outgoing.getHeaderNames()) if (name === "authorization" || IDENTITY.test(name)) outgoing.removeHeader(name);
        outgoing.setHeader("x-user-id", request.auth.sub);
        outgoing.setHeader("x-tenant-id", TENANT);
      },
    },
  }),
);
app.use((error, _request, response, next) => {
  if (response.headersSent) return next(error);
  response.status(error.status === 401 ? 401 : 500).json({ error: error.code ?? "error" });
});
const server = app.listen(0, "127.0.0.1", () => process.send?.({ kind: "ready", port: server.address().port }));
process.once("disconnect", () => process.exit(0));
