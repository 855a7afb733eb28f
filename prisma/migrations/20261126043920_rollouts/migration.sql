-- CreateEnum
CREATE TYPE "rollout_state" AS ENUM ('running', 'paused', 'halted', 'aborted', 'completed', 'rolled_back', 'superseded');

-- CreateTable
CREATE TABLE "rollout" (
    "revision" INTEGER NOT NULL,
    "base" INTEGER NOT NULL,
    "candidate" INTEGER NOT NULL,
    "held" INTEGER NOT NULL,
    "plan" JSONB NOT NULL,
    "groups" JSONB,
    "state" "rollout_state" NOT NULL DEFAULT 'running',
    "stage" INTEGER NOT NULL DEFAULT 0,
    "stage_at" TIMESTAMPTZ(3) NOT NULL,
    "soak_from" TIMESTAMPTZ(3),
    "suspect_since" TIMESTAMPTZ(3),
    "halt" JSONB,
    "halted_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "settled_at" TIMESTAMPTZ(3),
    "ended_by" INTEGER,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "rollout_pkey" PRIMARY KEY ("revision")
);

-- CreateTable
CREATE TABLE "rollout_node" (
    "revision" INTEGER NOT NULL,
    "node_id" UUID NOT NULL,
    "stage" INTEGER NOT NULL,
    "reached_at" TIMESTAMPTZ(3),
    "connected" BOOLEAN NOT NULL DEFAULT false,
    "before_total" INTEGER NOT NULL DEFAULT 0,
    "before_refused" INTEGER NOT NULL DEFAULT 0,
    "mark_total" INTEGER NOT NULL DEFAULT 0,
    "mark_refused" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "rollout_node_pkey" PRIMARY KEY ("revision","node_id")
);

-- AddForeignKey
ALTER TABLE "rollout_node" ADD CONSTRAINT "rollout_node_revision_fkey" FOREIGN KEY ("revision") REFERENCES "rollout"("revision") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE rollout ADD CONSTRAINT rollout_order CHECK (held < candidate AND base < revision);
-- What runs, waits or stands still: its nodes run two contents, so there is one at most.
CREATE UNIQUE INDEX rollout_one ON rollout ((true)) WHERE settled_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON rollout, rollout_node TO sallyport_fleet;
