import { type SessionStore, type StoredSession, TOMBSTONE_MS } from "../sessions.js";
import type { Statement, StatePool } from "./state-pool.js";

// The clock of each statement is the server's. Times leave as ms since the epoch, which a double holds exactly.
const COLUMNS = `digest, identity_provider, issuer, subject, idp_session, data,
  floor(extract(epoch FROM created_at) * 1000)::float8 AS created_ms,
  floor(extract(epoch FROM extended_at) * 1000)::float8 AS extended_ms,
  floor(extract(epoch FROM expires_at) * 1000)::float8 AS expires_ms,
  floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms,
  expires_at > clock_timestamp() AS live`;
const after = (parameter: string): string => `clock_timestamp() + ${parameter}::float8 * interval '1 millisecond'`;

const GET: Statement = {
  name: "session_get",
  text: `SELECT ${COLUMNS} FROM session WHERE tenant = $1 AND digest = $2 AND expires_at > ${after("-$3")}`,
};
const CREATE: Statement = {
  name: "session_create",
  text: `INSERT INTO session (tenant, digest, identity_provider, issuer, subject, idp_session, data, created_at, extended_at, expires_at, ends_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp(), clock_timestamp(), ${after("least($8::float8, $9::float8)")}, ${after("$9")})`,
};
const EXTEND: Statement = {
  name: "session_extend",
  text: `UPDATE session SET extended_at = clock_timestamp(), expires_at = least(ends_at, ${after("$3")})
    WHERE tenant = $1 AND digest = $2 AND expires_at > clock_timestamp() AND extended_at <= ${after("-$4")}`,
};
const removeBy = (name: string, condition: string): Statement => ({
  name: `session_remove_${name}`,
  text: `WITH gone AS (DELETE FROM session WHERE tenant = $1 AND ${condition} RETURNING expires_at)
    SELECT count(*) FILTER (WHERE expires_at > clock_timestamp())::int AS lived FROM gone`,
});
const REMOVE = removeBy("one", "digest = $2");
const REMOVE_OF_SUBJECT = removeBy("subject", "identity_provider = $2 AND subject = $3");
const REMOVE_OF_IDP_SESSION = removeBy("idp_session", "identity_provider = $2 AND idp_session = $3");
const REMOVE_OF_TENANT = removeBy("tenant", "true");
const listBy = (name: string, condition: string): Statement => ({
  name: `session_list_${name}`,
  text: `SELECT ${COLUMNS} FROM session WHERE tenant = $1 AND digest > $2 AND expires_at > clock_timestamp() AND ${condition} ORDER BY digest LIMIT $3`,
});
const LIST = listBy("tenant", "true");
const LIST_OF_SUBJECT = listBy("subject", "identity_provider = $4 AND subject = $5");

interface Row {
  readonly digest: string;
  readonly identity_provider: string;
  readonly issuer: string;
  readonly subject: string;
  readonly idp_session: string | null;
  readonly data: string;
  readonly created_ms: number;
  readonly extended_ms: number;
  readonly expires_ms: number;
  readonly now_ms: number;
  readonly live: boolean;
}

const sessionOf = (row: Row): StoredSession => ({
  digest: row.digest,
  identityProvider: row.identity_provider,
  issuer: row.issuer,
  subject: row.subject,
  idpSession: row.idp_session,
  data: row.data,
  createdAtMs: row.created_ms,
  extendedAtMs: row.extended_ms,
  expiresAtMs: row.expires_ms,
});

export function createPostgresSessions(pool: StatePool): SessionStore {
  const remove = async (statement: Statement, ...values: readonly unknown[]): Promise<number> => {
    const { rows } = await pool.run<{ lived: number }>(statement, values);
    return rows[0]?.lived ?? 0;
  };
  return {
    async get(tenant, digest) {
      const { rows } = await pool.run<Row>(GET, [tenant, digest, TOMBSTONE_MS]);
      const row = rows[0];
      if (row === undefined) return { state: "unknown" };
      return row.live ? { state: "live", session: sessionOf(row), nowMs: row.now_ms } : { state: "expired" };
    },
    async create(tenant, digest, session, { idleMs, absoluteMs }) {
      const { identityProvider, issuer, subject, idpSession, data } = session;
      await pool.run(CREATE, [tenant, digest, identityProvider, issuer, subject, idpSession, data, idleMs, absoluteMs]);
    },
    async extend(tenant, digest, { idleMs, everyMs }) {
      return (await pool.run(EXTEND, [tenant, digest, idleMs, everyMs])).count === 1;
    },
    async remove(tenant, digest) {
      return (await remove(REMOVE, tenant, digest)) === 1;
    },
    removeOfSubject: (tenant, of) => remove(REMOVE_OF_SUBJECT, tenant, of.identityProvider, of.subject),
    removeOfIdpSession: (tenant, of) => remove(REMOVE_OF_IDP_SESSION, tenant, of.identityProvider, of.idpSession),
    removeOfTenant: (tenant) => remove(REMOVE_OF_TENANT, tenant),
    async list(tenant, { limit, after: from = "", subject }) {
      const { rows } =
        subject === undefined
          ? await pool.run<Row>(LIST, [tenant, from, limit])
          : await pool.run<Row>(LIST_OF_SUBJECT, [tenant, from, limit, subject.identityProvider, subject.subject]);
      return { sessions: rows.map(sessionOf), next: rows.length < limit ? null : (rows.at(-1)?.digest ?? null) };
    },
  };
}
