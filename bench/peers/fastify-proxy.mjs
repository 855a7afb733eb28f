// Fastify with @fastify/http-proxy and nothing else: the price of the proxy alone.
import proxy from "@fastify/http-proxy";
import Fastify from "fastify";

const app = Fastify({ logger: false });
app.register(proxy, { upstream: process.env.UPSTREAM ?? "" });
const address = await app.listen({ host: "127.0.0.1", port: 0 });
process.once("disconnect", () => process.exit(0));
process.send?.({ kind: "ready", port: Number(new URL(address).port) });
