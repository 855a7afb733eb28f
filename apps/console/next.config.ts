import { fileURLToPath } from "node:url";
import type { NextConfig } from "next";

const repositoryRoot = fileURLToPath(new URL("../..", import.meta.url));

/** For every answer, pages, files and APIs; what depends on a nonce is in src/proxy.ts. */
const SECURITY_HEADERS = [
  { key: "x-content-type-options", value: "nosniff" },
  { key: "referrer-policy", value: "same-origin" },
  { key: "x-frame-options", value: "DENY" },
  { key: "cross-origin-opener-policy", value: "same-origin" },
  { key: "cross-origin-resource-policy", value: "same-origin" },
  {
    key: "permissions-policy",
    value: "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), midi=(), browsing-topics=()",
  },
];

const config: NextConfig = {
  output: "standalone",
  outputFileTracingRoot: repositoryRoot,
  turbopack: { root: repositoryRoot },
  poweredByHeader: false,
  reactStrictMode: true,
  // Native or database code stays outside the bundles; it is loaded only when a request needs it.
  serverExternalPackages: ["pg", "ioredis", "@node-rs/argon2", "@prisma/client", "@prisma/adapter-pg"],
  headers: async () => [
    { source: "/:path*", headers: SECURITY_HEADERS },
    // Nobody outside learns that somebody was in the portal, and nobody finds its pages in a shared browser.
    {
      source: "/portal/:path*",
      headers: [
        { key: "referrer-policy", value: "no-referrer" },
        { key: "cache-control", value: "no-store" },
      ],
    },
    // An API answers data: nothing in it may run, should a browser ever show it.
    { source: "/api/:path*", headers: [{ key: "content-security-policy", value: "default-src 'none'; frame-ancestors 'none'" }] },
  ],
};

export default config;
