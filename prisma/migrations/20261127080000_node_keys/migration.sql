-- AlterTable
ALTER TABLE "node" ADD COLUMN     "key_since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "renewal_asked_at" TIMESTAMPTZ(3),
ADD COLUMN     "renews_key" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "node_past_key" (
    "kid" TEXT NOT NULL,
    "node_id" UUID NOT NULL,
    "public_key" JSONB NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "renewed_at" TIMESTAMPTZ(3) NOT NULL,
    "accepted_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "node_past_key_pkey" PRIMARY KEY ("kid")
);

-- CreateIndex
CREATE INDEX "node_past_key_node_id_renewed_at_idx" ON "node_past_key"("node_id", "renewed_at" DESC);

-- AddForeignKey
ALTER TABLE "node_past_key" ADD CONSTRAINT "node_past_key_node_id_fkey" FOREIGN KEY ("node_id") REFERENCES "node"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Nodes that are there have had their key since they enrolled.
UPDATE node SET key_since = enrolled_at;

-- Nodes and their keys are the fleet's. A key that was given up is not taken back: rows stay, only the end of their overlap may come earlier.
GRANT SELECT, INSERT ON node_past_key TO sallyport_fleet;
GRANT UPDATE (accepted_until) ON node_past_key TO sallyport_fleet;
