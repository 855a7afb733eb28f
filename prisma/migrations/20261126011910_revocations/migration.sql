-- CreateEnum
CREATE TYPE "revocation_kind" AS ENUM ('token', 'subject', 'suspension');

-- CreateTable
CREATE TABLE "revocation" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "tenant_slug" TEXT NOT NULL,
    "kind" "revocation_kind" NOT NULL,
    "issuer" TEXT,
    "jti" TEXT,
    "digest" CHAR(64),
    "subject" TEXT,
    "issued_before" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),
    "reason" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" TEXT NOT NULL,
    "revision" INTEGER,
    "ended_at" TIMESTAMPTZ(3),
    "ended_by" TEXT,
    "ended_revision" INTEGER,

    CONSTRAINT "revocation_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateIndex
CREATE INDEX "revocation_id_idx" ON "revocation"("id" DESC);

-- CreateIndex
CREATE INDEX "revocation_tenant_slug_kind_idx" ON "revocation"("tenant_slug", "kind");

-- DropIndex
DROP INDEX "revision_delivery_node_id_idx";

-- CreateIndex
CREATE INDEX "revision_delivery_node_id_revision_idx" ON "revision_delivery"("node_id", "revision");

ALTER TABLE revocation ADD CONSTRAINT revocation_whole CHECK (CASE kind
  WHEN 'token' THEN expires_at IS NOT NULL AND (jti IS NULL) = (issuer IS NULL) AND (jti IS NULL) <> (digest IS NULL)
  WHEN 'subject' THEN expires_at IS NOT NULL AND subject IS NOT NULL AND issued_before IS NOT NULL
  ELSE expires_at IS NULL END);
ALTER TABLE revocation ADD CONSTRAINT revocation_ended CHECK (ended_at IS NOT NULL OR (ended_by IS NULL AND ended_revision IS NULL));
-- A tenant is suspended once.
CREATE UNIQUE INDEX revocation_one_suspension ON revocation (tenant_slug) WHERE kind = 'suspension' AND ended_at IS NULL;

-- The fleet role writes them, in the transaction that brings them to the nodes. Nobody deletes any.
GRANT SELECT ON revocation TO sallyport_app;
GRANT SELECT, INSERT, UPDATE ON revocation TO sallyport_fleet;
ALTER TABLE revocation ENABLE ROW LEVEL SECURITY;
ALTER TABLE revocation FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON revocation TO sallyport_app USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY whole_fleet ON revocation TO sallyport_fleet USING (true) WITH CHECK (true);
CREATE POLICY owner ON revocation TO CURRENT_USER USING (true) WITH CHECK (true);
