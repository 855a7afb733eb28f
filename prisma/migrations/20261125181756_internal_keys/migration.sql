-- CreateTable
CREATE TABLE "internal_key" (
    "kid" TEXT NOT NULL,
    "group_id" UUID NOT NULL,
    "algorithm" TEXT NOT NULL,
    "public_jwk" JSONB NOT NULL,
    "private_key" BYTEA NOT NULL,
    "wrapping_key_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "sign_from" TIMESTAMPTZ(3) NOT NULL,
    "sealed_for" CHAR(64),
    "sealed" TEXT,

    CONSTRAINT "internal_key_pkey" PRIMARY KEY ("kid")
);

-- CreateIndex
CREATE INDEX "internal_key_group_id_created_at_idx" ON "internal_key"("group_id", "created_at" DESC);

-- AddForeignKey
ALTER TABLE "internal_key" ADD CONSTRAINT "internal_key_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "node_group"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- No tenant's rows, and nothing for the app role: the fleet role alone makes keys and hands them on.
GRANT SELECT, INSERT, DELETE ON internal_key TO sallyport_fleet;
GRANT UPDATE (sealed, sealed_for) ON internal_key TO sallyport_fleet;
