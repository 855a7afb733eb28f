-- CreateEnum
CREATE TYPE "radar_state" AS ENUM ('waiting', 'well', 'attention', 'failing');

-- CreateTable
CREATE TABLE "radar_target" (
    "id" CHAR(64) NOT NULL,
    "issuer" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "next_at" TIMESTAMPTZ(3) NOT NULL,
    "claim" UUID,
    "claimed_until" TIMESTAMPTZ(3),
    "state" "radar_state" NOT NULL DEFAULT 'waiting',
    "failures" INTEGER NOT NULL DEFAULT 0,
    "failing_since" TIMESTAMPTZ(3),
    "probed_at" TIMESTAMPTZ(3),
    "ok_at" TIMESTAMPTZ(3),
    "code" TEXT,
    "detail" TEXT,
    "ms" DOUBLE PRECISION,
    "facts" JSONB,
    "findings" JSONB NOT NULL DEFAULT '[]',

    CONSTRAINT "radar_target_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "radar_key" (
    "target_id" CHAR(64) NOT NULL,
    "kid" TEXT NOT NULL,
    "thumbprint" TEXT NOT NULL,
    "kty" TEXT NOT NULL,
    "alg" TEXT,
    "use" TEXT,
    "crv" TEXT,
    "bits" INTEGER,
    "problem" TEXT,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3),
    "vanished_at" TIMESTAMPTZ(3),

    CONSTRAINT "radar_key_pkey" PRIMARY KEY ("target_id","kid","thumbprint")
);

-- CreateTable
CREATE TABLE "radar_use" (
    "tenant_slug" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "target_id" CHAR(64) NOT NULL,
    "asked_until" TIMESTAMPTZ(3),

    CONSTRAINT "radar_use_pkey" PRIMARY KEY ("tenant_slug","provider")
);

-- CreateTable
CREATE TABLE "radar_cursor" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "revision" INTEGER NOT NULL,

    CONSTRAINT "radar_cursor_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "radar_target_next_at_idx" ON "radar_target"("next_at");

-- CreateIndex
CREATE INDEX "radar_target_state_idx" ON "radar_target"("state");

-- CreateIndex
CREATE INDEX "radar_use_target_id_idx" ON "radar_use"("target_id");

-- CreateIndex
CREATE INDEX "radar_use_asked_until_idx" ON "radar_use"("asked_until");

-- AddForeignKey
ALTER TABLE "radar_key" ADD CONSTRAINT "radar_key_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "radar_target"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "radar_use" ADD CONSTRAINT "radar_use_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "radar_target"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE radar_cursor ADD CONSTRAINT radar_cursor_single CHECK (id = 1);
ALTER TABLE radar_target ADD CONSTRAINT radar_target_kind CHECK (kind IN ('discovery', 'jwks'));

-- What providers say of themselves in public, and which tenants ask there: the fleet role's alone. What a tenant sees of it, a service picks out.
GRANT SELECT, INSERT, UPDATE, DELETE ON radar_target, radar_key, radar_use TO sallyport_fleet;
GRANT SELECT, INSERT, UPDATE ON radar_cursor TO sallyport_fleet;

-- It names tenants. The app role has no grant on it, and would see its own rows.
ALTER TABLE radar_use ENABLE ROW LEVEL SECURITY;
ALTER TABLE radar_use FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON radar_use TO sallyport_app USING (tenant_slug = (SELECT slug FROM tenant WHERE id = current_tenant()))
  WITH CHECK (tenant_slug = (SELECT slug FROM tenant WHERE id = current_tenant()));
CREATE POLICY whole_fleet ON radar_use TO sallyport_fleet USING (true) WITH CHECK (true);
CREATE POLICY owner ON radar_use TO CURRENT_USER USING (true) WITH CHECK (true);
