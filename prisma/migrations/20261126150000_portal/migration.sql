-- AlterEnum
ALTER TYPE "actor_kind" ADD VALUE 'portal';

-- CreateTable
CREATE TABLE "portal_invitation" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "hash" CHAR(64) NOT NULL,
    "recipient" TEXT NOT NULL,
    "intents" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "exchanged_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_by" TEXT,

    CONSTRAINT "portal_invitation_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "portal_session" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "invitation_id" UUID NOT NULL,
    "token_hash" CHAR(64) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "absolute_expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ip" TEXT,
    "user_agent" TEXT,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "portal_session_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "portal_invitation_hash_key" ON "portal_invitation"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "portal_session_token_hash_key" ON "portal_session"("token_hash");

-- CreateIndex
CREATE INDEX "portal_session_tenant_id_invitation_id_idx" ON "portal_session"("tenant_id", "invitation_id");

-- AddForeignKey
ALTER TABLE "portal_invitation" ADD CONSTRAINT "portal_invitation_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "portal_session" ADD CONSTRAINT "portal_session_tenant_id_invitation_id_fkey" FOREIGN KEY ("tenant_id", "invitation_id") REFERENCES "portal_invitation"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Whoever comes with a link or a cookie is found by its hash, before the tenant is known: that is the fleet role's. The app role lists and
-- revokes, and reads no hash.
GRANT SELECT, INSERT, UPDATE, DELETE ON portal_invitation, portal_session TO sallyport_fleet;
GRANT SELECT (tenant_id, id, recipient, intents, created_at, created_by, expires_at, exchanged_at, revoked_at, revoked_by), INSERT,
  UPDATE (revoked_at, revoked_by) ON portal_invitation TO sallyport_app;
GRANT SELECT (tenant_id, id, invitation_id, created_at, last_seen_at, expires_at, absolute_expires_at, ip, user_agent, revoked_at),
  UPDATE (revoked_at) ON portal_session TO sallyport_app;

ALTER TABLE portal_invitation ENABLE ROW LEVEL SECURITY;
ALTER TABLE portal_invitation FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON portal_invitation TO sallyport_app USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY whole_fleet ON portal_invitation TO sallyport_fleet USING (true) WITH CHECK (true);
CREATE POLICY owner ON portal_invitation TO CURRENT_USER USING (true) WITH CHECK (true);
ALTER TABLE portal_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE portal_session FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON portal_session TO sallyport_app USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY whole_fleet ON portal_session TO sallyport_fleet USING (true) WITH CHECK (true);
CREATE POLICY owner ON portal_session TO CURRENT_USER USING (true) WITH CHECK (true);

-- Whether what its people change in the portal goes live by itself. Installation data: no section has it, no file declares it.
-- AlterTable
ALTER TABLE "tenant" ADD COLUMN     "portal_goes_live" BOOLEAN NOT NULL DEFAULT false;
