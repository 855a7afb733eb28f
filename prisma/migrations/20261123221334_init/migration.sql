-- CreateEnum
CREATE TYPE "actor_kind" AS ENUM ('person', 'api_token', 'node', 'system');

-- CreateEnum
CREATE TYPE "node_status" AS ENUM ('active', 'revoked', 'archived');

-- CreateEnum
CREATE TYPE "join_token_kind" AS ENUM ('one_off', 'reusable');

-- CreateEnum
CREATE TYPE "signing_key_status" AS ENUM ('active', 'next', 'retired');

-- CreateEnum
CREATE TYPE "person_status" AS ENUM ('active', 'disabled');

-- CreateEnum
CREATE TYPE "link_purpose" AS ENUM ('first_admin', 'invite', 'reset');

-- CreateEnum
CREATE TYPE "severity" AS ENUM ('critical', 'high', 'medium', 'low');

-- CreateEnum
CREATE TYPE "alert_status" AS ENUM ('open', 'acknowledged', 'closed');

-- CreateEnum
CREATE TYPE "tenant_status" AS ENUM ('active', 'suspended');

-- CreateEnum
CREATE TYPE "identity_provider_status" AS ENUM ('enabled', 'disabled');

-- CreateTable
CREATE TABLE "audit_record" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor_kind" "actor_kind" NOT NULL,
    "actor_id" TEXT NOT NULL,
    "actor_name" TEXT NOT NULL,
    "ip" TEXT,
    "request_id" TEXT,
    "action" TEXT NOT NULL,
    "target_kind" TEXT NOT NULL,
    "target_name" TEXT NOT NULL,
    "tenant_slug" TEXT,
    "before" JSONB,
    "after" JSONB,

    CONSTRAINT "audit_record_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "node_group" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "spec" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT,

    CONSTRAINT "node_group_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "node" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "group_id" UUID NOT NULL,
    "public_key" JSONB NOT NULL,
    "kid" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "status" "node_status" NOT NULL DEFAULT 'active',
    "enrolled_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3),
    "last_heartbeat" JSONB,
    "applied_revision" INTEGER,
    "applied_epoch" INTEGER,
    "applied_root_hash" CHAR(64),
    "applied_at" TIMESTAMPTZ(3),
    "apply_ms" DOUBLE PRECISION,
    "nacked_revision" INTEGER,
    "nack_errors" JSONB,
    "last_ack_at" TIMESTAMPTZ(3),
    "clock_skew_ms" INTEGER,

    CONSTRAINT "node_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "join_token" (
    "id" UUID NOT NULL,
    "hash" CHAR(64) NOT NULL,
    "group_id" UUID NOT NULL,
    "label" TEXT NOT NULL,
    "kind" "join_token_kind" NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "used_by_node_id" UUID,
    "revoked_at" TIMESTAMPTZ(3),
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "join_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "installation" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "fleet_id" UUID NOT NULL,
    "epoch" INTEGER NOT NULL DEFAULT 1,
    "org_name" TEXT NOT NULL,
    "next_revision" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "signing_key" (
    "kid" TEXT NOT NULL,
    "public_jwk" JSONB NOT NULL,
    "private_key" BYTEA NOT NULL,
    "wrapping_key_id" TEXT NOT NULL,
    "status" "signing_key_status" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "signing_key_pkey" PRIMARY KEY ("kid")
);

-- CreateTable
CREATE TABLE "fleet_object" (
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "spec" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT,

    CONSTRAINT "fleet_object_pkey" PRIMARY KEY ("kind","name")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "actor" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" CHAR(64) NOT NULL,
    "response" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("actor","key")
);

-- CreateTable
CREATE TABLE "person" (
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "password_hash" TEXT,
    "status" "person_status" NOT NULL DEFAULT 'active',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_sign_in_at" TIMESTAMPTZ(3),

    CONSTRAINT "person_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "role_binding" (
    "id" UUID NOT NULL,
    "person_id" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "tenant_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT,

    CONSTRAINT "role_binding_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "console_session" (
    "id" UUID NOT NULL,
    "token_hash" CHAR(64) NOT NULL,
    "person_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "absolute_expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ip" TEXT,
    "user_agent" TEXT,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "console_session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "one_time_link" (
    "id" UUID NOT NULL,
    "hash" CHAR(64) NOT NULL,
    "purpose" "link_purpose" NOT NULL,
    "person_id" UUID,
    "email" TEXT,
    "roles" JSONB NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "one_time_link_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_token" (
    "id" UUID NOT NULL,
    "prefix" TEXT NOT NULL,
    "hash" CHAR(64) NOT NULL,
    "name" TEXT NOT NULL,
    "scopes" TEXT[],
    "tenant_id" UUID,
    "owner_id" UUID NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "api_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sign_in_attempt" (
    "id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sign_in_attempt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "section" (
    "hash" CHAR(64) NOT NULL,
    "body" JSONB NOT NULL,
    "bytes" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "section_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "revision" (
    "number" INTEGER NOT NULL,
    "epoch" INTEGER NOT NULL,
    "parent" INTEGER NOT NULL,
    "comment" TEXT NOT NULL,
    "author_id" TEXT NOT NULL,
    "author_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "rolled_back_from" INTEGER,
    "changes" JSONB NOT NULL,

    CONSTRAINT "revision_pkey" PRIMARY KEY ("number")
);

-- CreateTable
CREATE TABLE "revision_group" (
    "revision" INTEGER NOT NULL,
    "group_id" UUID NOT NULL,
    "group_name" TEXT NOT NULL,
    "schema_version" INTEGER NOT NULL,
    "root_hash" CHAR(64) NOT NULL,
    "installation_hash" CHAR(64) NOT NULL,
    "manifest" JSONB NOT NULL,
    "envelope" TEXT NOT NULL,
    "target_nodes" JSONB NOT NULL,
    "live_at" TIMESTAMPTZ(3),

    CONSTRAINT "revision_group_pkey" PRIMARY KEY ("revision","group_id","schema_version")
);

-- CreateTable
CREATE TABLE "security_event" (
    "id" UUID NOT NULL,
    "node_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "severity" "severity" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "tenant_slug" TEXT,
    "token_tenant" TEXT,
    "identity_provider" TEXT,
    "route" TEXT,
    "code" TEXT,
    "request_id" TEXT,
    "client_ip" TEXT,
    "subject" TEXT,
    "issuer" TEXT,
    "method" TEXT,
    "path" TEXT,
    "user_agent" TEXT,
    "token_hash" TEXT,
    "detail" TEXT NOT NULL,
    "alert_id" UUID,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "security_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event_batch" (
    "id" UUID NOT NULL,
    "node_id" UUID NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "event_batch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert" (
    "id" UUID NOT NULL,
    "number" SERIAL NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "severity" "severity" NOT NULL,
    "tenant_slug" TEXT,
    "token_tenant" TEXT,
    "title" TEXT NOT NULL,
    "status" "alert_status" NOT NULL DEFAULT 'open',
    "count" INTEGER NOT NULL DEFAULT 0,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "assignee_id" UUID,
    "acknowledged_at" TIMESTAMPTZ(3),
    "acknowledged_by" TEXT,
    "closed_at" TIMESTAMPTZ(3),
    "closed_by" TEXT,
    "close_reason" TEXT,
    "muted_until" TIMESTAMPTZ(3),
    "evidence" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "alert_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_history" (
    "id" UUID NOT NULL,
    "alert_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor_name" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "note" TEXT,

    CONSTRAINT "alert_history_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "decision_count" (
    "minute" TIMESTAMPTZ(3) NOT NULL,
    "node_id" UUID NOT NULL,
    "tenant_slug" TEXT NOT NULL,
    "route" TEXT NOT NULL,
    "result" TEXT NOT NULL,
    "count" BIGINT NOT NULL,

    CONSTRAINT "decision_count_pkey" PRIMARY KEY ("minute","tenant_slug","route","result","node_id")
);

-- CreateTable
CREATE TABLE "tenant" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "plan" TEXT NOT NULL,
    "status" "tenant_status" NOT NULL DEFAULT 'active',
    "spec" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "deleted_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT,

    CONSTRAINT "tenant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tenant_domain" (
    "tenant_id" UUID NOT NULL,
    "host" TEXT NOT NULL,
    "verified_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenant_domain_pkey" PRIMARY KEY ("tenant_id","host")
);

-- CreateTable
CREATE TABLE "identity_provider" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "status" "identity_provider_status" NOT NULL DEFAULT 'enabled',
    "audiences" TEXT[],
    "spec" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "last_checked_at" TIMESTAMPTZ(3),
    "last_check" JSONB,
    "last_keys" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT,

    CONSTRAINT "identity_provider_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "upstream" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "spec" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT,

    CONSTRAINT "upstream_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "route" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "path_prefix" TEXT NOT NULL,
    "upstream_name" TEXT NOT NULL,
    "spec" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT,

    CONSTRAINT "route_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "rate_limit_policy" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "spec" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT,

    CONSTRAINT "rate_limit_policy_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "propagation_policy" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "spec" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT,

    CONSTRAINT "propagation_policy_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "degradation_policy" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "spec" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT,

    CONSTRAINT "degradation_policy_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateIndex
CREATE INDEX "audit_record_at_id_idx" ON "audit_record"("at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "audit_record_tenant_slug_at_id_idx" ON "audit_record"("tenant_slug", "at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "audit_record_actor_id_at_id_idx" ON "audit_record"("actor_id", "at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "audit_record_action_at_id_idx" ON "audit_record"("action", "at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "audit_record_target_kind_target_name_at_id_idx" ON "audit_record"("target_kind", "target_name", "at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "node_group_name_key" ON "node_group"("name");

-- CreateIndex
CREATE UNIQUE INDEX "node_name_key" ON "node"("name");

-- CreateIndex
CREATE UNIQUE INDEX "node_kid_key" ON "node"("kid");

-- CreateIndex
CREATE INDEX "node_group_id_idx" ON "node"("group_id");

-- CreateIndex
CREATE UNIQUE INDEX "join_token_hash_key" ON "join_token"("hash");

-- CreateIndex
CREATE INDEX "join_token_group_id_idx" ON "join_token"("group_id");

-- CreateIndex
CREATE UNIQUE INDEX "installation_fleet_id_key" ON "installation"("fleet_id");

-- CreateIndex
CREATE INDEX "idempotency_key_created_at_idx" ON "idempotency_key"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "person_email_key" ON "person"("email");

-- CreateIndex
CREATE INDEX "role_binding_tenant_id_idx" ON "role_binding"("tenant_id");

-- CreateIndex
CREATE UNIQUE INDEX "role_binding_person_id_role_tenant_id_key" ON "role_binding"("person_id", "role", "tenant_id") NULLS NOT DISTINCT;

-- CreateIndex
CREATE UNIQUE INDEX "console_session_token_hash_key" ON "console_session"("token_hash");

-- CreateIndex
CREATE INDEX "console_session_person_id_idx" ON "console_session"("person_id");

-- CreateIndex
CREATE INDEX "console_session_absolute_expires_at_idx" ON "console_session"("absolute_expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "one_time_link_hash_key" ON "one_time_link"("hash");

-- CreateIndex
CREATE INDEX "one_time_link_person_id_idx" ON "one_time_link"("person_id");

-- CreateIndex
CREATE UNIQUE INDEX "api_token_prefix_key" ON "api_token"("prefix");

-- CreateIndex
CREATE INDEX "api_token_tenant_id_idx" ON "api_token"("tenant_id");

-- CreateIndex
CREATE INDEX "api_token_owner_id_idx" ON "api_token"("owner_id");

-- CreateIndex
CREATE INDEX "sign_in_attempt_key_at_idx" ON "sign_in_attempt"("key", "at");

-- CreateIndex
CREATE INDEX "sign_in_attempt_at_idx" ON "sign_in_attempt"("at");

-- CreateIndex
CREATE INDEX "revision_group_group_id_schema_version_revision_idx" ON "revision_group"("group_id", "schema_version", "revision" DESC);

-- CreateIndex
CREATE INDEX "revision_group_root_hash_idx" ON "revision_group"("root_hash");

-- CreateIndex
CREATE INDEX "security_event_at_id_idx" ON "security_event"("at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "security_event_alert_id_at_id_idx" ON "security_event"("alert_id", "at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "security_event_tenant_slug_at_id_idx" ON "security_event"("tenant_slug", "at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "event_batch_received_at_idx" ON "event_batch"("received_at");

-- CreateIndex
CREATE UNIQUE INDEX "alert_number_key" ON "alert"("number");

-- CreateIndex
CREATE UNIQUE INDEX "alert_fingerprint_key" ON "alert"("fingerprint");

-- CreateIndex
CREATE INDEX "alert_last_seen_at_id_idx" ON "alert"("last_seen_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "alert_status_last_seen_at_id_idx" ON "alert"("status", "last_seen_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "alert_tenant_slug_last_seen_at_id_idx" ON "alert"("tenant_slug", "last_seen_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "alert_assignee_id_idx" ON "alert"("assignee_id");

-- CreateIndex
CREATE INDEX "alert_history_alert_id_at_idx" ON "alert_history"("alert_id", "at");

-- CreateIndex
CREATE INDEX "decision_count_tenant_slug_minute_idx" ON "decision_count"("tenant_slug", "minute");

-- CreateIndex
CREATE UNIQUE INDEX "tenant_slug_key" ON "tenant"("slug");

-- CreateIndex
CREATE INDEX "tenant_display_name_id_idx" ON "tenant"("display_name", "id");

-- CreateIndex
CREATE INDEX "tenant_created_at_id_idx" ON "tenant"("created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "tenant_domain_host_key" ON "tenant_domain"("host");

-- CreateIndex
CREATE INDEX "identity_provider_issuer_idx" ON "identity_provider"("issuer");

-- CreateIndex
CREATE UNIQUE INDEX "identity_provider_tenant_id_name_key" ON "identity_provider"("tenant_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "upstream_tenant_id_name_key" ON "upstream"("tenant_id", "name");

-- CreateIndex
CREATE INDEX "route_tenant_id_upstream_name_idx" ON "route"("tenant_id", "upstream_name");

-- CreateIndex
CREATE UNIQUE INDEX "route_tenant_id_name_key" ON "route"("tenant_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "rate_limit_policy_tenant_id_name_key" ON "rate_limit_policy"("tenant_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "propagation_policy_tenant_id_name_key" ON "propagation_policy"("tenant_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "degradation_policy_tenant_id_name_key" ON "degradation_policy"("tenant_id", "name");

-- AddForeignKey
ALTER TABLE "node" ADD CONSTRAINT "node_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "node_group"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "join_token" ADD CONSTRAINT "join_token_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "node_group"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_binding" ADD CONSTRAINT "role_binding_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_binding" ADD CONSTRAINT "role_binding_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "console_session" ADD CONSTRAINT "console_session_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "one_time_link" ADD CONSTRAINT "one_time_link_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_token" ADD CONSTRAINT "api_token_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_token" ADD CONSTRAINT "api_token_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "revision_group" ADD CONSTRAINT "revision_group_revision_fkey" FOREIGN KEY ("revision") REFERENCES "revision"("number") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert" ADD CONSTRAINT "alert_assignee_id_fkey" FOREIGN KEY ("assignee_id") REFERENCES "person"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_history" ADD CONSTRAINT "alert_history_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alert"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tenant_domain" ADD CONSTRAINT "tenant_domain_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "identity_provider" ADD CONSTRAINT "identity_provider_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "upstream" ADD CONSTRAINT "upstream_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "route" ADD CONSTRAINT "route_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rate_limit_policy" ADD CONSTRAINT "rate_limit_policy_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "propagation_policy" ADD CONSTRAINT "propagation_policy_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "degradation_policy" ADD CONSTRAINT "degradation_policy_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;
