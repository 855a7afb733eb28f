-- CreateEnum
CREATE TYPE "publish_request_state" AS ENUM ('waiting', 'approved', 'rejected', 'withdrawn', 'voided');

-- AlterTable
ALTER TABLE "installation" ADD COLUMN     "publish_approval" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "revision" ADD COLUMN     "approved_at" TIMESTAMPTZ(3),
ADD COLUMN     "approved_by" TEXT;

-- CreateTable
CREATE TABLE "publish_request" (
    "id" SERIAL NOT NULL,
    "state" "publish_request_state" NOT NULL DEFAULT 'waiting',
    "content" CHAR(64) NOT NULL,
    "input" JSONB NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "requested_by" TEXT NOT NULL,
    "requested_by_name" TEXT NOT NULL,
    "decided_at" TIMESTAMPTZ(3),
    "decided_by_name" TEXT,
    "reason" TEXT,
    "revision" INTEGER,

    CONSTRAINT "publish_request_pkey" PRIMARY KEY ("id")
);

ALTER TABLE publish_request ADD CONSTRAINT publish_request_decided CHECK ((state = 'waiting') = (decided_at IS NULL));
ALTER TABLE publish_request ADD CONSTRAINT publish_request_published CHECK ((state = 'approved') = (revision IS NOT NULL));

GRANT SELECT, INSERT, UPDATE ON publish_request TO sallyport_fleet;
GRANT USAGE ON SEQUENCE publish_request_id_seq TO sallyport_fleet;
