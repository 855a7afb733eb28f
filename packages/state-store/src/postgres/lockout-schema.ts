/** Tables of failures and lockouts, and what is done to them as one step. Milliseconds are since the epoch, on the database's clock. */
export const LOCKOUT_TABLES: readonly string[] = [
  "CREATE UNLOGGED TABLE lockout_failure (id text PRIMARY KEY, times float8[] NOT NULL, ends_at timestamptz NOT NULL)",
  "CREATE INDEX lockout_failure_end ON lockout_failure (ends_at)",
  `CREATE UNLOGGED TABLE lockout (
    id text PRIMARY KEY,
    tenant text NOT NULL,
    address text NOT NULL,
    username text,
    failures integer NOT NULL,
    reason text NOT NULL,
    since float8 NOT NULL,
    until float8 NOT NULL,
    open boolean NOT NULL,
    sequence bigint NOT NULL,
    forgotten_at timestamptz NOT NULL
  )`,
  "CREATE INDEX lockout_tenant ON lockout (tenant, since)",
  "CREATE INDEX lockout_sequence ON lockout (sequence)",
  "CREATE INDEX lockout_end ON lockout (forgotten_at)",
  "CREATE UNLOGGED TABLE lockout_success (id text PRIMARY KEY, ends_at timestamptz NOT NULL)",
  "CREATE INDEX lockout_success_end ON lockout_success (ends_at)",
  "CREATE SEQUENCE lockout_sequence_number",
  // Gone after a crash of the server, as the lockouts are: who reads then reads everything anew.
  "CREATE UNLOGGED TABLE lockout_epoch (one boolean PRIMARY KEY CHECK (one), epoch text NOT NULL)",
  // countFailure of lockouts/failure-windows.ts. The number of a change is drawn under a lock: nobody reads a later one before it.
  `CREATE FUNCTION count_failure(key text, of_tenant text, of_address text, needed integer, window_ms float8, lockout_ms float8, count integer, most integer, code text, of_username text)
  RETURNS TABLE (failures integer, left_ms float8, opened boolean) LANGUAGE plpgsql AS $$
  DECLARE
    at float8; known float8[]; locked_until float8;
  BEGIN
    INSERT INTO lockout_failure VALUES (key, '{}', clock_timestamp()) ON CONFLICT DO NOTHING;
    SELECT times INTO known FROM lockout_failure WHERE id = key FOR UPDATE;
    at := extract(epoch FROM clock_timestamp()) * 1000;
    opened := false;
    SELECT until INTO locked_until FROM lockout WHERE id = key AND open AND until > at;
    IF FOUND THEN
      failures := 0; left_ms := locked_until - at;
      RETURN NEXT; RETURN;
    END IF;
    known := ARRAY(SELECT t FROM unnest(known) t WHERE t > at - window_ms ORDER BY t) || array_fill(at, ARRAY[count]);
    failures := least(array_length(known, 1), needed);
    IF failures < needed THEN
      left_ms := 0;
      INSERT INTO lockout_failure VALUES (key, known, clock_timestamp() + window_ms * interval '1 millisecond')
        ON CONFLICT (id) DO UPDATE SET times = excluded.times, ends_at = excluded.ends_at;
      RETURN NEXT; RETURN;
    END IF;
    DELETE FROM lockout_failure WHERE id = key;
    PERFORM pg_advisory_xact_lock(7253191105);
    INSERT INTO lockout VALUES (key, of_tenant, of_address, of_username, failures, code, at, at + lockout_ms, true, nextval('lockout_sequence_number'),
        clock_timestamp() + lockout_ms * interval '1 millisecond')
      ON CONFLICT (id) DO UPDATE SET failures = excluded.failures, reason = excluded.reason, since = excluded.since, until = excluded.until, open = true,
        sequence = excluded.sequence, forgotten_at = excluded.forgotten_at;
    DELETE FROM lockout WHERE id IN (SELECT id FROM lockout ORDER BY forgotten_at DESC OFFSET most);
    left_ms := lockout_ms; opened := true;
    RETURN NEXT;
  END $$`,
  `CREATE FUNCTION end_lockout(key text, of_tenant text, told_ms float8) RETURNS SETOF lockout LANGUAGE plpgsql AS $$
  DECLARE
    ended lockout;
  BEGIN
    PERFORM pg_advisory_xact_lock(7253191105);
    SELECT * INTO ended FROM lockout
      WHERE id = key AND tenant = of_tenant AND open AND until > extract(epoch FROM clock_timestamp()) * 1000 FOR UPDATE;
    IF NOT FOUND THEN RETURN; END IF;
    DELETE FROM lockout_failure WHERE id = key;
    UPDATE lockout SET open = false, sequence = nextval('lockout_sequence_number'),
      forgotten_at = clock_timestamp() + told_ms * interval '1 millisecond' WHERE id = key;
    RETURN NEXT ended;
  END $$`,
];

/** Who began a lockout, told with it: the answer to the failure may never have come. The older form of the function stays for older nodes. */
export const LOCKOUT_CALLERS: readonly string[] = [
  "ALTER TABLE lockout ADD COLUMN opened_by text",
  `CREATE FUNCTION count_failure(key text, of_tenant text, of_address text, needed integer, window_ms float8, lockout_ms float8, count integer, most integer, code text, of_username text, caller text)
  RETURNS TABLE (failures integer, left_ms float8, opened boolean) LANGUAGE plpgsql AS $$
  BEGIN
    SELECT * INTO failures, left_ms, opened
      FROM count_failure(key, of_tenant, of_address, needed, window_ms, lockout_ms, count, most, code, of_username);
    IF opened THEN UPDATE lockout SET opened_by = caller WHERE id = key; END IF;
    RETURN NEXT;
  END $$`,
];
