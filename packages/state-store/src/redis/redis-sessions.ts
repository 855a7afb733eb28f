import { z } from "zod";
import { type NewSession, type SessionStore, type StoredSession, TOMBSTONE_MS } from "../sessions.js";
import type { RedisClient } from "./redis-client.js";
import { idpSessionSet, prefixOf, subjectSet } from "./redis-keys.js";
import { CREATE, EXTEND, GET, LIST, REMOVE, REMOVE_SET } from "./scripts.js";

/** Sessions that one step of a script takes away: bounds how long Redis does nothing else. */
const STEP = 200;

const time = z.string().transform(Number).pipe(z.number().positive());
const fields = z.object({
  idp: z.string(),
  iss: z.string(),
  sub: z.string(),
  sid: z.string().optional(),
  data: z.string(),
  created: time,
  extended: time,
  expires: time,
});
const flat = z.array(z.string());
const found = z.tuple([time, flat]);
const listed = z.tuple([time], z.tuple([z.string(), flat]));
const removed = z.tuple([z.number(), z.number()]);

/** Null for a hash that is not there. @throws ZodError for one that somebody else wrote */
function readSession(digest: string, hash: readonly string[]): StoredSession | null {
  if (hash.length === 0) return null;
  const pairs = Array.from({ length: hash.length / 2 }, (_, at) => [hash[at * 2] ?? "", hash[at * 2 + 1] ?? ""]);
  const { idp, iss, sub, sid, data, created, extended, expires } = fields.parse(Object.fromEntries(pairs));
  return {
    digest,
    identityProvider: idp,
    issuer: iss,
    subject: sub,
    idpSession: sid ?? null,
    data,
    createdAtMs: created,
    extendedAtMs: extended,
    expiresAtMs: expires,
  };
}

const fieldsOf = ({ identityProvider, issuer, subject, idpSession, data }: NewSession): string[] => {
  const pairs = ["idp", identityProvider, "iss", issuer, "sub", subject, "data", data];
  return idpSession === null ? pairs : [...pairs, "sid", idpSession];
};

export function createRedisSessions(client: RedisClient): SessionStore {
  const sessionKey = (tenant: string, digest: string): string => `${prefixOf(tenant)}s:${digest}`;
  const sets = (tenant: string): [string, string] => [`${prefixOf(tenant)}all`, `${prefixOf(tenant)}ends`];

  const removeSet = async (tenant: string, set: string): Promise<number> => {
    let total = 0;
    for (;;) {
      const answer = await client.run(REMOVE_SET, [...sets(tenant), `${prefixOf(tenant)}${set}`], [prefixOf(tenant), STEP]);
      const [seen, lived] = removed.parse(answer);
      total += lived;
      if (seen < STEP) return total;
    }
  };

  return {
    async get(tenant, digest) {
      const [nowMs, hash] = found.parse(await client.run(GET, [sessionKey(tenant, digest)], []));
      const session = readSession(digest, hash);
      if (session === null) return { state: "unknown" };
      return session.expiresAtMs > nowMs ? { state: "live", session, nowMs } : { state: "expired" };
    },
    async create(tenant, digest, session, { idleMs, absoluteMs }) {
      const u = subjectSet(session.identityProvider, session.subject);
      const i = idpSessionSet(session.identityProvider, session.idpSession);
      const args = [prefixOf(tenant), digest, u, i, idleMs, absoluteMs, TOMBSTONE_MS, ...fieldsOf(session)];
      await client.run(CREATE, [...sets(tenant), sessionKey(tenant, digest)], args);
    },
    async extend(tenant, digest, { idleMs, everyMs }) {
      return (await client.run(EXTEND, [sessionKey(tenant, digest)], [idleMs, everyMs, TOMBSTONE_MS])) === 1;
    },
    async remove(tenant, digest) {
      return (await client.run(REMOVE, sets(tenant), [prefixOf(tenant), digest])) === 1;
    },
    removeOfSubject: (tenant, of) => removeSet(tenant, `u:${subjectSet(of.identityProvider, of.subject)}`),
    removeOfIdpSession: (tenant, of) => removeSet(tenant, `i:${idpSessionSet(of.identityProvider, of.idpSession)}`),
    removeOfTenant: (tenant) => removeSet(tenant, "all"),
    async list(tenant, { limit, after, subject }) {
      const set = subject === undefined ? "all" : `u:${subjectSet(subject.identityProvider, subject.subject)}`;
      const answer = await client.run(LIST, [`${prefixOf(tenant)}${set}`], [prefixOf(tenant), after ?? "", limit]);
      const [nowMs, ...members] = listed.parse(answer);
      const sessions = members.flatMap(([digest, hash]) => {
        const session = readSession(digest, hash);
        return session !== null && session.expiresAtMs > nowMs ? [session] : [];
      });
      return { sessions, next: members.length < limit ? null : (members.at(-1)?.[0] ?? null) };
    },
  };
}
