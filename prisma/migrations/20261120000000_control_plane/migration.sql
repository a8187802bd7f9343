-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "user" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "email_verified" BOOLEAN NOT NULL DEFAULT false,
    "image" TEXT,
    "username" TEXT NOT NULL,
    "display_username" TEXT,
    "role" TEXT NOT NULL DEFAULT 'viewer',
    "banned" BOOLEAN NOT NULL DEFAULT false,
    "must_change_password" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "token" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "ip_address" TEXT,
    "user_agent" TEXT,
    "user_id" TEXT NOT NULL,

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "account" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "provider_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "access_token" TEXT,
    "refresh_token" TEXT,
    "id_token" TEXT,
    "access_token_expires_at" TIMESTAMPTZ(3),
    "refresh_token_expires_at" TIMESTAMPTZ(3),
    "scope" TEXT,
    "password" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "verification" (
    "id" TEXT NOT NULL,
    "identifier" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "verification_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_token" (
    "id" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "user_id" TEXT,
    "role" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "detail" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "cluster" (
    "id" TEXT NOT NULL,
    "serial" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "address" JSONB NOT NULL,
    "zone" TEXT NOT NULL DEFAULT 'UTC',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "topology_at" TIMESTAMPTZ(3),
    "topology_error" JSONB,
    "table_count" INTEGER NOT NULL DEFAULT 0,
    "total_bytes" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "cluster_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "cluster_credential" (
    "cluster_id" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "user_name" TEXT NOT NULL,
    "tls_mode" TEXT NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "cluster_credential_pkey" PRIMARY KEY ("cluster_id","purpose")
);

-- CreateTable
CREATE TABLE "node" (
    "cluster_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "engine" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "port" INTEGER NOT NULL,
    "version" TEXT,
    "flavor" TEXT,
    "reachable" BOOLEAN NOT NULL,
    "free_bytes" BIGINT,
    "time_zone" TEXT,
    "clock_skew_ms" DOUBLE PRECISION,

    CONSTRAINT "node_pkey" PRIMARY KEY ("cluster_id","name")
);

-- CreateTable
CREATE TABLE "node_check" (
    "cluster_id" TEXT NOT NULL,
    "node" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "fix" TEXT NOT NULL,
    "ordinal" INTEGER NOT NULL,

    CONSTRAINT "node_check_pkey" PRIMARY KEY ("cluster_id","node","id")
);

-- CreateTable
CREATE TABLE "cluster_table" (
    "cluster_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "database" TEXT NOT NULL,
    "schema" TEXT NOT NULL,
    "table" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "estimated_rows" BIGINT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "fragments" JSONB NOT NULL,
    "problem" TEXT,
    "search_name" TEXT NOT NULL,

    CONSTRAINT "cluster_table_pkey" PRIMARY KEY ("cluster_id","name")
);

-- CreateTable
CREATE TABLE "destination" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "config" JSONB NOT NULL,
    "features" JSONB,
    "free_bytes" BIGINT,
    "probed_at" TIMESTAMPTZ(3),
    "probe_error" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "destination_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "backup" (
    "id" TEXT NOT NULL,
    "cluster_id" TEXT,
    "cluster_name" TEXT NOT NULL,
    "cluster_kind" TEXT NOT NULL,
    "destination_id" TEXT NOT NULL,
    "job_id" TEXT,
    "method" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3) NOT NULL,
    "cut_proven" BOOLEAN NOT NULL,
    "cut_reason" TEXT NOT NULL DEFAULT '',
    "cut_held_ms" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "longest_writer_wait_ms" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "manifest_sha256" TEXT NOT NULL,
    "table_count" INTEGER NOT NULL,
    "failed_count" INTEGER NOT NULL DEFAULT 0,
    "rows" BIGINT NOT NULL,
    "raw_bytes" BIGINT NOT NULL,
    "stored_bytes" BIGINT NOT NULL,
    "removed_at" TIMESTAMPTZ(3),
    "verified_at" TIMESTAMPTZ(3),
    "verify_result" JSONB,

    CONSTRAINT "backup_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "backup_table" (
    "backup_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "table_id" TEXT NOT NULL,
    "rows" BIGINT NOT NULL,
    "raw_bytes" BIGINT NOT NULL,
    "stored_bytes" BIGINT NOT NULL,
    "fragments" INTEGER NOT NULL,

    CONSTRAINT "backup_table_pkey" PRIMARY KEY ("backup_id","name")
);

-- CreateTable
CREATE TABLE "kept_copy" (
    "id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "cluster_id" TEXT NOT NULL,
    "table" TEXT NOT NULL,
    "kept_as" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "pieces" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "dropped_at" TIMESTAMPTZ(3),

    CONSTRAINT "kept_copy_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "job" (
    "id" TEXT NOT NULL,
    "number" SERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "lane" TEXT NOT NULL,
    "cluster_id" TEXT,
    "cluster_name" TEXT,
    "destination_id" TEXT,
    "destination_name" TEXT,
    "backup_id" TEXT,
    "title" TEXT NOT NULL DEFAULT '',
    "input" JSONB NOT NULL,
    "result" JSONB,
    "error" JSONB,
    "progress" JSONB,
    "version" BIGINT NOT NULL DEFAULT 0,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "cancel_requested_at" TIMESTAMPTZ(3),
    "parent_job_id" TEXT,
    "parent_reason" TEXT,
    "attempts_made" INTEGER NOT NULL DEFAULT 0,
    "max_attempts" INTEGER NOT NULL DEFAULT 3,
    "lease_attempt_id" TEXT,
    "lease_expires_at" TIMESTAMPTZ(3),
    "executor" TEXT,
    "last_event_id" INTEGER NOT NULL DEFAULT 0,
    "search_text" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "job_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "attempt" (
    "id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "executor" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),
    "outcome" TEXT,
    "error" JSONB,

    CONSTRAINT "attempt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "job_event" (
    "job_id" TEXT NOT NULL,
    "id" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "level" TEXT NOT NULL,
    "message" TEXT NOT NULL,

    CONSTRAINT "job_event_pkey" PRIMARY KEY ("job_id","id")
);

-- CreateTable
CREATE TABLE "job_table" (
    "job_id" TEXT NOT NULL,
    "table" TEXT NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "target" TEXT,
    "phases" JSONB NOT NULL DEFAULT '{}',
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "rows" BIGINT NOT NULL DEFAULT 0,
    "bytes" BIGINT NOT NULL DEFAULT 0,
    "outcome" JSONB,
    "version" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "job_table_pkey" PRIMARY KEY ("job_id","table")
);

-- CreateTable
CREATE TABLE "job_note" (
    "job_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "saved_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "job_note_pkey" PRIMARY KEY ("job_id","key")
);

-- CreateTable
CREATE TABLE "job_claim" (
    "cluster_id" TEXT NOT NULL,
    "table" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,

    CONSTRAINT "job_claim_pkey" PRIMARY KEY ("cluster_id","table")
);

-- CreateTable
CREATE TABLE "executor" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "machine" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "version" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "heartbeat_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "stopped_at" TIMESTAMPTZ(3),

    CONSTRAINT "executor_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "setting" (
    "key" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "setting_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE UNIQUE INDEX "user_email_key" ON "user"("email");

-- CreateIndex
CREATE UNIQUE INDEX "user_username_key" ON "user"("username");

-- CreateIndex
CREATE UNIQUE INDEX "session_token_key" ON "session"("token");

-- CreateIndex
CREATE INDEX "session_user_id_idx" ON "session"("user_id");

-- CreateIndex
CREATE INDEX "account_user_id_idx" ON "account"("user_id");

-- CreateIndex
CREATE INDEX "verification_identifier_idx" ON "verification"("identifier");

-- CreateIndex
CREATE UNIQUE INDEX "api_token_hash_key" ON "api_token"("hash");

-- CreateIndex
CREATE INDEX "api_token_user_id_idx" ON "api_token"("user_id");

-- CreateIndex
CREATE INDEX "audit_event_at_id_idx" ON "audit_event"("at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "audit_event_subject_idx" ON "audit_event"("subject");

-- CreateIndex
CREATE UNIQUE INDEX "cluster_serial_key" ON "cluster"("serial");

-- CreateIndex
CREATE UNIQUE INDEX "cluster_name_key" ON "cluster"("name");

-- CreateIndex
CREATE INDEX "cluster_table_cluster_id_bytes_name_idx" ON "cluster_table"("cluster_id", "bytes" DESC, "name");

-- CreateIndex
CREATE UNIQUE INDEX "destination_name_key" ON "destination"("name");

-- CreateIndex
CREATE INDEX "backup_at_id_idx" ON "backup"("at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "backup_cluster_id_at_idx" ON "backup"("cluster_id", "at" DESC);

-- CreateIndex
CREATE INDEX "backup_destination_id_idx" ON "backup"("destination_id");

-- CreateIndex
CREATE INDEX "backup_table_name_idx" ON "backup_table"("name");

-- CreateIndex
CREATE INDEX "kept_copy_cluster_id_dropped_at_idx" ON "kept_copy"("cluster_id", "dropped_at");

-- CreateIndex
CREATE UNIQUE INDEX "kept_copy_job_id_table_kept_as_key" ON "kept_copy"("job_id", "table", "kept_as");

-- CreateIndex
CREATE UNIQUE INDEX "job_number_key" ON "job"("number");

-- CreateIndex
CREATE INDEX "job_created_at_id_idx" ON "job"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "job_state_id_idx" ON "job"("state", "id" DESC);

-- CreateIndex
CREATE INDEX "job_kind_id_idx" ON "job"("kind", "id" DESC);

-- CreateIndex
CREATE INDEX "job_cluster_id_id_idx" ON "job"("cluster_id", "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "attempt_job_id_ordinal_key" ON "attempt"("job_id", "ordinal");

-- CreateIndex
CREATE INDEX "job_table_job_id_ordinal_idx" ON "job_table"("job_id", "ordinal");

-- CreateIndex
CREATE INDEX "job_table_job_id_version_idx" ON "job_table"("job_id", "version");

-- CreateIndex
CREATE INDEX "job_claim_job_id_idx" ON "job_claim"("job_id");

-- CreateIndex
CREATE INDEX "executor_heartbeat_at_idx" ON "executor"("heartbeat_at");

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "account" ADD CONSTRAINT "account_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_token" ADD CONSTRAINT "api_token_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cluster_credential" ADD CONSTRAINT "cluster_credential_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "cluster"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "node" ADD CONSTRAINT "node_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "cluster"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "node_check" ADD CONSTRAINT "node_check_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "cluster"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cluster_table" ADD CONSTRAINT "cluster_table_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "cluster"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "backup" ADD CONSTRAINT "backup_destination_id_fkey" FOREIGN KEY ("destination_id") REFERENCES "destination"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "backup_table" ADD CONSTRAINT "backup_table_backup_id_fkey" FOREIGN KEY ("backup_id") REFERENCES "backup"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attempt" ADD CONSTRAINT "attempt_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "job"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "job_event" ADD CONSTRAINT "job_event_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "job"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "job_table" ADD CONSTRAINT "job_table_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "job"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "job_note" ADD CONSTRAINT "job_note_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "job"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "job_claim" ADD CONSTRAINT "job_claim_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "cluster"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "job_claim" ADD CONSTRAINT "job_claim_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "job"("id") ON DELETE CASCADE ON UPDATE CASCADE;



-- What the schema language cannot say.

-- Words of contract/job.ts: a state that nobody knows never gets in.
ALTER TABLE "job" ADD CONSTRAINT "job_state_known"
  CHECK ("state" IN ('queued', 'running', 'cancelling', 'succeeded', 'partly', 'failed', 'cancelled'));
ALTER TABLE "job" ADD CONSTRAINT "job_lane_known" CHECK ("lane" IN ('long', 'quick'));
-- A running job has a lease and a queued one has none.
ALTER TABLE "job" ADD CONSTRAINT "job_lease_fits_state"
  CHECK (("state" IN ('running', 'cancelling')) = ("lease_attempt_id" IS NOT NULL));

-- What executors look for every few seconds: few rows, however long the history.
CREATE INDEX "job_open" ON "job" ("lane", "id") WHERE "state" IN ('queued', 'running', 'cancelling');
-- What lists show: the short questions of the console itself are not among it.
CREATE INDEX "job_shown" ON "job" ("id" DESC) WHERE "kind" <> 'inspect';

-- Searching inside names. Where the extension cannot be created the same searches run without its indexes.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX "cluster_table_search" ON "cluster_table" USING gin ("search_name" gin_trgm_ops);
  CREATE INDEX "job_search" ON "job" USING gin ("search_text" gin_trgm_ops);
EXCEPTION WHEN OTHERS THEN
  RAISE NOTICE 'pg_trgm is not available: %', SQLERRM;
END
$$;
