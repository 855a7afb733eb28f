-- AlterTable
ALTER TABLE "node" ADD COLUMN     "encryption_key" TEXT;

-- AlterTable
ALTER TABLE "revision" ADD COLUMN     "reissue_of" INTEGER;

-- CreateTable
CREATE TABLE "secret_value" (
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "wrapping_key_id" TEXT NOT NULL,
    "destinations" TEXT[],
    "set_at" TIMESTAMPTZ(3) NOT NULL,
    "set_by" TEXT NOT NULL,

    CONSTRAINT "secret_value_pkey" PRIMARY KEY ("tenant_id","name","version")
);

-- CreateTable
CREATE TABLE "content_key" (
    "id" CHAR(64) NOT NULL,
    "group_id" UUID NOT NULL,
    "sealed" BYTEA,
    "wrapping_key_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "content_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sealed_secret" (
    "content_key_id" CHAR(64) NOT NULL,
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "sealed" TEXT NOT NULL,

    CONSTRAINT "sealed_secret_pkey" PRIMARY KEY ("content_key_id","tenant_id","name","version")
);

-- CreateTable
CREATE TABLE "secret" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "spec" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT,

    CONSTRAINT "secret_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateIndex
CREATE INDEX "content_key_group_id_idx" ON "content_key"("group_id");

-- CreateIndex
CREATE INDEX "sealed_secret_tenant_id_name_version_idx" ON "sealed_secret"("tenant_id", "name", "version");

-- CreateIndex
CREATE UNIQUE INDEX "secret_tenant_id_name_key" ON "secret"("tenant_id", "name");

-- AddForeignKey
ALTER TABLE "secret_value" ADD CONSTRAINT "secret_value_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "content_key" ADD CONSTRAINT "content_key_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "node_group"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sealed_secret" ADD CONSTRAINT "sealed_secret_content_key_id_fkey" FOREIGN KEY ("content_key_id") REFERENCES "content_key"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sealed_secret" ADD CONSTRAINT "sealed_secret_tenant_id_name_version_fkey" FOREIGN KEY ("tenant_id", "name", "version") REFERENCES "secret_value"("tenant_id", "name", "version") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "secret" ADD CONSTRAINT "secret_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The app role learns of values that they are there, never what they are: `sealed` is not among the columns that it may read, and
-- values are written by the fleet role, in the transaction that brings them to the nodes.
GRANT SELECT, INSERT, UPDATE, DELETE ON secret TO sallyport_app, sallyport_fleet;
GRANT SELECT (tenant_id, name, version, type, destinations, set_at, set_by) ON secret_value TO sallyport_app;
GRANT SELECT, INSERT, DELETE ON secret_value TO sallyport_fleet;
GRANT UPDATE (destinations) ON secret_value TO sallyport_fleet;
GRANT SELECT, INSERT, DELETE ON content_key, sealed_secret TO sallyport_fleet;
GRANT UPDATE (sealed, retired_at) ON content_key TO sallyport_fleet;

DO $$
DECLARE
  guarded text;
BEGIN
  FOREACH guarded IN ARRAY ARRAY['secret', 'secret_value', 'sealed_secret'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', guarded);
    EXECUTE format('CREATE POLICY one_tenant ON %I TO sallyport_app USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', guarded);
    EXECUTE format('CREATE POLICY whole_fleet ON %I TO sallyport_fleet USING (true) WITH CHECK (true)', guarded);
    EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', guarded);
  END LOOP;
END
$$;

-- One content key at a time for each group.
CREATE UNIQUE INDEX content_key_current ON content_key (group_id) WHERE retired_at IS NULL;
ALTER TABLE content_key ADD CONSTRAINT content_key_gone_when_retired CHECK ((sealed IS NULL) = (retired_at IS NOT NULL));
