-- What a revision contains as a whole, beside what each group gets of it.
ALTER TABLE "revision" ADD COLUMN "manifest" JSONB NOT NULL, ADD COLUMN "root_hash" CHAR(64) NOT NULL;

ALTER TABLE "revision_group" ADD COLUMN "spec" JSONB NOT NULL;

-- CreateEnum
CREATE TYPE "delivery_state" AS ENUM ('applied', 'refused');

-- CreateTable
CREATE TABLE "revision_delivery" (
    "revision" INTEGER NOT NULL,
    "node_id" UUID NOT NULL,
    "state" "delivery_state" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "apply_ms" DOUBLE PRECISION,
    "errors" JSONB,

    CONSTRAINT "revision_delivery_pkey" PRIMARY KEY ("revision","node_id")
);

-- CreateIndex
CREATE INDEX "revision_delivery_node_id_idx" ON "revision_delivery"("node_id");

-- AddForeignKey
ALTER TABLE "revision_delivery" ADD CONSTRAINT "revision_delivery_revision_fkey" FOREIGN KEY ("revision") REFERENCES "revision"("number") ON DELETE CASCADE ON UPDATE CASCADE;

GRANT SELECT, INSERT, UPDATE ON revision_delivery TO sallyport_fleet;
