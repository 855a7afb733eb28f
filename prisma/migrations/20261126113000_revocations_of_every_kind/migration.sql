ALTER TABLE revocation DROP CONSTRAINT revocation_whole;
DROP INDEX revocation_one_suspension;

-- AlterEnum
CREATE TYPE "revocation_kind_new" AS ENUM ('token', 'subject', 'suspension', 'api_key', 'session', 'idp_keys', 'node');
ALTER TABLE "revocation" ALTER COLUMN "kind" TYPE "revocation_kind_new" USING ("kind"::text::"revocation_kind_new");
ALTER TYPE "revocation_kind" RENAME TO "revocation_kind_old";
ALTER TYPE "revocation_kind_new" RENAME TO "revocation_kind";
DROP TYPE "revocation_kind_old";

-- DropIndex
DROP INDEX "revocation_id_idx";

-- AlterTable
ALTER TABLE "revocation" DROP CONSTRAINT "revocation_pkey",
ADD COLUMN     "hint" TEXT,
ADD COLUMN     "name" TEXT,
ADD COLUMN     "sessions" INTEGER,
ALTER COLUMN "tenant_id" DROP NOT NULL,
ALTER COLUMN "tenant_slug" DROP NOT NULL,
ALTER COLUMN "reason" DROP NOT NULL,
ADD CONSTRAINT "revocation_pkey" PRIMARY KEY ("id");

-- CreateIndex
CREATE INDEX "revocation_kind_id_idx" ON "revocation"("kind", "id" DESC);

ALTER TABLE revocation ADD CONSTRAINT revocation_whole CHECK (CASE kind
  WHEN 'token' THEN expires_at IS NOT NULL AND (jti IS NULL) = (issuer IS NULL) AND (jti IS NULL) <> (digest IS NULL)
  WHEN 'subject' THEN expires_at IS NOT NULL AND subject IS NOT NULL AND issued_before IS NOT NULL
  WHEN 'suspension' THEN expires_at IS NULL
  WHEN 'session' THEN expires_at IS NULL AND ended_at IS NULL AND revision IS NULL
  WHEN 'node' THEN expires_at IS NULL AND ended_at IS NULL AND revision IS NULL AND name IS NOT NULL
  ELSE expires_at IS NULL AND ended_at IS NULL AND name IS NOT NULL END);
ALTER TABLE revocation ADD CONSTRAINT revocation_of CHECK (CASE kind
  WHEN 'node' THEN tenant_id IS NULL AND tenant_slug IS NULL
  ELSE tenant_id IS NOT NULL AND tenant_slug IS NOT NULL END);
ALTER TABLE revocation ADD CONSTRAINT revocation_reasoned CHECK (reason IS NOT NULL OR kind NOT IN ('token', 'subject', 'suspension'));
-- A tenant is suspended once.
CREATE UNIQUE INDEX revocation_one_suspension ON revocation (tenant_slug) WHERE kind = 'suspension' AND ended_at IS NULL;

-- Sessions end in the state store: their row is written in the tenant's own transaction. Everything else stays the fleet role's.
GRANT INSERT ON revocation TO sallyport_app;
DROP POLICY one_tenant ON revocation;
CREATE POLICY one_tenant ON revocation FOR SELECT TO sallyport_app USING (tenant_id = current_tenant());
CREATE POLICY ended_sessions ON revocation FOR INSERT TO sallyport_app WITH CHECK (tenant_id = current_tenant() AND kind = 'session');

-- What was done before is told by the audit log; which revision brought it, by that revision's own words.
INSERT INTO revocation (id, tenant_id, tenant_slug, kind, name, hint, digest, created_at, created_by, revision)
  SELECT a.id, t.id, a.tenant_slug, 'api_key', a.target_name, k.hint, k.hash, a.at, a.actor_name,
    (SELECT min(r.number) FROM revision r WHERE r.reissue_of IS NOT NULL AND r.created_at >= a.at
      AND r.comment = 'API key ' || a.tenant_slug || '/' || a.target_name || ' was revoked')
  FROM audit_record a JOIN tenant t ON t.slug = a.tenant_slug
    LEFT JOIN api_key k ON k.tenant_id = t.id AND k.name = a.target_name AND k.revoked_at = a.at
  WHERE a.action = 'api_key.revoke';
INSERT INTO revocation (id, tenant_id, tenant_slug, kind, name, created_at, created_by, revision)
  SELECT a.id, t.id, a.tenant_slug, 'idp_keys', a.target_name, a.at, a.actor_name,
    (SELECT min(r.number) FROM revision r WHERE r.reissue_of IS NOT NULL AND r.created_at >= a.at
      AND r.comment = 'Keys of ' || a.tenant_slug || '/' || a.target_name || ' are forgotten and fetched anew')
  FROM audit_record a JOIN tenant t ON t.slug = a.tenant_slug WHERE a.action = 'identity_provider.purge_keys';
INSERT INTO revocation (id, kind, name, created_at, created_by)
  SELECT a.id, 'node', a.target_name, a.at, a.actor_name FROM audit_record a WHERE a.action = 'node.revoke';
