-- AlterTable
ALTER TABLE "identity_provider" ADD COLUMN     "keys_purged_at" TIMESTAMPTZ(3);
