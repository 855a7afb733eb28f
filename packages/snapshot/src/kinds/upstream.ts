import { z } from "zod";
import { entityName, hostname } from "../names.js";
import { canonicalCertificates, isCertificates } from "../pem.js";

/** Origin, and optionally a base path that is put before the request's path: `https://payouts.svc:8443/api`. */
const upstreamUrl = z
  .string()
  .max(2048)
  .regex(
    /^https?:\/\/[^\s/?#@\\]+(?:\/[A-Za-z0-9._~!$&'()*+,;=:@/-]*)?$/,
    "write http:// or https://, a host, and at most a path; no query, user or fragment",
  )
  .transform((url) => url.replace(/\/+$/, ""));

/** One of several places that serve the same. */
const upstreamTarget = z.strictObject({
  url: upstreamUrl,
  /** Share of the load, compared with the others': 2 takes twice as many requests at a time as 1. */
  weight: z.int().min(1).max(100).default(1),
});

const httpStatus = z.int().min(100).max(599);
const statuses = (list: readonly number[]): number[] => [...new Set(list)].sort((a, b) => a - b);

/** What requests tell of a target: several that fail in a row take it out for a while, as long as another is left. */
export const passiveHealth = z
  .strictObject({
    /** Failed requests in a row that take it out: no connection, no answer in time, a connection that broke before the answer. */
    failures: z.int().min(1).max(1_000).default(3),
    /** Statuses that count as failed too, for example 503. */
    statuses: z.array(httpStatus).max(50).transform(statuses).default([]),
    /** How long it is left out the first time, seconds; twice as long each time in a row. */
    ejectSeconds: z.int().min(1).max(3_600).default(10),
    maxEjectSeconds: z.int().min(1).max(86_400).default(300),
  })
  .refine(({ ejectSeconds, maxEjectSeconds }) => ejectSeconds <= maxEjectSeconds, {
    path: ["maxEjectSeconds"],
    message: "must not be less than ejectSeconds",
  })
  .meta({ id: "PassiveHealth" });
export type PassiveHealth = z.output<typeof passiveHealth>;

/** Each node asks each target by itself. A target counts as healthy until it has failed. */
export const activeHealth = z
  .strictObject({
    /** Asked with GET at the target's origin; the base path is not put before it. */
    path: z
      .string()
      .max(1_024)
      .regex(/^\/[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*$/, "begin with '/'; a query is allowed"),
    intervalSeconds: z.int().min(1).max(3_600).default(10),
    timeoutMs: z.int().min(50).max(30_000).default(2_000),
    /** Statuses of a healthy target. */
    statuses: z.array(httpStatus).min(1, "name at least one status").max(50).transform(statuses).default([200, 204]),
    /** Failed checks in a row after which it gets no more requests. */
    unhealthyAfter: z.int().min(1).max(100).default(3),
    /** Good checks in a row after which it gets them again. */
    healthyAfter: z.int().min(1).max(100).default(2),
  })
  .meta({ id: "ActiveHealth" });
export type ActiveHealth = z.output<typeof activeHealth>;

/**
 * How the nodes and an upstream prove to each other who they are. A certificate is always verified: nothing here, and no environment
 * variable, switches that off.
 */
export const upstreamTls = z
  .strictObject({
    /** PEM of the authorities that vouch for the upstream. These alone are trusted; left out, those of the node's system. */
    ca: z
      .string()
      .max(131_072)
      .refine(isCertificates, "give certificates in PEM form (BEGIN CERTIFICATE), and nothing else")
      .transform(canonicalCertificates)
      .optional(),
    /** Asked for (SNI) and expected in the certificate, in place of the host that is connected to. */
    serverName: hostname.optional(),
    minVersion: z.enum(["1.2", "1.3"]).default("1.2"),
    /** Name of a Secret of type client_certificate, in the same tenant: who the nodes are (mutual TLS). */
    clientCertificate: entityName.optional(),
  })
  .meta({ id: "UpstreamTls" });
export type UpstreamTls = z.output<typeof upstreamTls>;

/**
 * Where a route's requests go. Operators' ground: tenants never write one. Members without a default are left out of the parsed form, so
 * that an upstream which does not use them has the hash that it had before there were such members (docs/adr/0012).
 */
export const upstreamSpec = z
  .strictObject({
    /** The one place that serves the requests. */
    url: upstreamUrl.optional(),
    /** Several, in place of `url`: the one with the fewest requests under way for its weight gets the next. Scheme and base path are the same for all. */
    targets: z
      .array(upstreamTarget)
      .min(2, "name at least two targets; a single one is written as url")
      .max(32)
      .transform((list) => [...list].sort((a, b) => (a.url < b.url ? -1 : a.url > b.url ? 1 : 0)))
      .optional(),
    /** Left out: the default values. With a single target it only says how that is. */
    passiveHealth: passiveHealth.optional(),
    /** Left out: nodes ask nobody. */
    activeHealth: activeHealth.optional(),
    /** For https. Left out: the authorities of the node's system, TLS 1.2 or later, and no certificate of our own. */
    tls: upstreamTls.optional(),
    connectTimeoutMs: z.int().min(50).max(30_000).default(2_000),
    /** Until the response's head, and between two chunks of its body. */
    responseTimeoutMs: z.int().min(100).max(600_000).default(30_000),
    /** Sockets per node and target; HTTP/1.1 keep-alive, no pipelining. */
    maxConnections: z.int().min(1).max(10_000).default(256),
  })
  .superRefine(({ url, targets }, context) => {
    if ((url === undefined) === (targets === undefined))
      context.addIssue({ code: "custom", path: ["url"], message: "name either url, for one target, or targets, for several" });
  })
  .meta({ id: "UpstreamSpec" });
export type UpstreamSpec = z.output<typeof upstreamSpec>;

/** The targets of an upstream in either form, as they are declared. */
export const targetsOf = ({ url, targets }: Pick<UpstreamSpec, "url" | "targets">): readonly { readonly url: string; readonly weight: number }[] =>
  targets ?? (url === undefined ? [] : [{ url, weight: 1 }]);
