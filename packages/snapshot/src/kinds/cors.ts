import { z } from "zod";
import { headerName, setOf } from "../names.js";

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const PORT = "(?::[1-9][0-9]{0,4})?";
/** As a browser writes it (RFC 6454 §6.2): lower case, no usual port, nothing behind. */
const EXACT = new RegExp(`^https?://(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-f:.]{2,45}\\])${PORT}$`);
/** One label in front of a name of at least two. */
const ONE_LABEL = new RegExp(`^https?://\\*(?:\\.${LABEL}){2,}${PORT}$`);

const corsOrigin = z
  .string()
  .max(300)
  .refine(
    (origin) => origin === "*" || EXACT.test(origin) || ONE_LABEL.test(origin),
    "write an origin as browsers do: https://app.example.com, with a port where it is not the usual one; or https://*.example.com for one label; or * for all",
  )
  .refine((origin) => !/^(?:https:.*:443|http:.*:80)$/.test(origin), "leave the usual port out: browsers do");

const METHOD = /^[A-Z]{1,20}$/;
const lowerCaseName = headerName.transform((name) => name.toLowerCase());

/** Which pages of other origins may call a route, and what they may read (Fetch, CORS protocol). */
export const corsPolicy = z
  .strictObject({
    /** Exact, or `https://*.example.com` for one label under a name, or `*` alone for all. `null` is nobody's. */
    origins: setOf(corsOrigin, 100)
      .refine((list) => list.length > 0, "name at least one origin")
      .refine((list) => list.length < 2 || !list.includes("*"), "* stands for all: leave the others out"),
    /** Empty: those that the route takes. */
    methods: setOf(
      z
        .string()
        .regex(METHOD, "write methods in capitals")
        .refine((method) => method !== "CONNECT" && method !== "TRACE", "CONNECT and TRACE are never proxied"),
      20,
    ).default([]),
    /** Request headers beyond those that every page may send. */
    requestHeaders: setOf(lowerCaseName).default(["authorization", "content-type"]),
    /** Response headers that the page may read beyond the usual ones. */
    exposedHeaders: setOf(lowerCaseName).default(["retry-after", "x-request-id"]),
    /** Cookies and client certificates may come along; a session then speaks for the page as for the route's own. */
    credentials: z.boolean().default(false),
    /** How long a browser may keep the answer to a preflight. */
    maxAgeSeconds: z.int().min(0).max(86_400).default(600),
  })
  .refine(({ origins, credentials }) => !credentials || !origins.includes("*"), {
    path: ["credentials"],
    message: "not with *: any page could act as the person in front of it; name the origins",
  })
  .meta({ id: "CorsPolicy" });
export type CorsPolicy = z.output<typeof corsPolicy>;
