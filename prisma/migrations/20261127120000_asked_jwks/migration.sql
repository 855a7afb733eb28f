-- AlterTable
ALTER TABLE "node" ADD COLUMN     "asked_jwks" JSONB;
