-- CreateTable
CREATE TABLE "api_key" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "scopes" TEXT[],
    "hash" CHAR(64) NOT NULL,
    "hint" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "previous_hash" CHAR(64),
    "previous_hint" TEXT,
    "previous_until" TIMESTAMPTZ(3),
    "previous_last_used_at" TIMESTAMPTZ(3),
    "key_made_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" TEXT NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_by" TEXT,

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "api_key_section" (
    "tenant_id" UUID NOT NULL,
    "hash" CHAR(64) NOT NULL,

    CONSTRAINT "api_key_section_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "api_key_hash_key" ON "api_key"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_previous_hash_key" ON "api_key"("previous_hash");

-- CreateIndex
CREATE INDEX "api_key_tenant_id_name_idx" ON "api_key"("tenant_id", "name");

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key_section" ADD CONSTRAINT "api_key_section_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A name is taken until its key is revoked.
CREATE UNIQUE INDEX api_key_live_name ON api_key (tenant_id, name) WHERE revoked_at IS NULL;
ALTER TABLE api_key ADD CONSTRAINT api_key_previous_whole
  CHECK ((previous_hash IS NULL) = (previous_until IS NULL) AND (previous_hash IS NULL) = (previous_hint IS NULL));
ALTER TABLE api_key ADD CONSTRAINT api_key_revoked_by CHECK ((revoked_at IS NULL) = (revoked_by IS NULL));

-- The app role learns of keys that they are there, never what they hash to; the fleet role writes them, in the transaction that brings
-- them to the nodes.
GRANT SELECT (tenant_id, id, name, subject, scopes, hint, expires_at, last_used_at, previous_hint, previous_until, previous_last_used_at,
  key_made_at, version, created_at, created_by, revoked_at, revoked_by) ON api_key TO sallyport_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON api_key, api_key_section TO sallyport_fleet;

DO $$
DECLARE
  guarded text;
BEGIN
  FOREACH guarded IN ARRAY ARRAY['api_key', 'api_key_section'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', guarded);
    EXECUTE format('CREATE POLICY one_tenant ON %I TO sallyport_app USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', guarded);
    EXECUTE format('CREATE POLICY whole_fleet ON %I TO sallyport_fleet USING (true) WITH CHECK (true)', guarded);
    EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', guarded);
  END LOOP;
END
$$;
