-- How many findings of one fingerprint a row tells of.
ALTER TABLE "security_event" ADD COLUMN "count" INTEGER NOT NULL DEFAULT 1;
