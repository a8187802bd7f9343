-- CreateTable
CREATE TABLE "log_archive" (
    "cluster_id" TEXT NOT NULL,
    "destination_id" TEXT NOT NULL,
    "wanted" BOOLEAN NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "log_archive_pkey" PRIMARY KEY ("cluster_id")
);

-- CreateTable
CREATE TABLE "log_stream" (
    "id" TEXT NOT NULL,
    "cluster_id" TEXT NOT NULL,
    "node" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'starting',
    "reason" JSONB,
    "executor" TEXT,
    "lease_attempt_id" TEXT,
    "lease_expires_at" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "retry_at" TIMESTAMPTZ(3),
    "file" TEXT,
    "position" BIGINT,
    "gtid" TEXT,
    "committed_at" TIMESTAMPTZ(3),
    "archived_until" TIMESTAMPTZ(3),
    "clock_skew_ms" DOUBLE PRECISION,
    "log_bytes" BIGINT NOT NULL DEFAULT 0,
    "written_bytes" BIGINT NOT NULL DEFAULT 0,
    "segments" INTEGER NOT NULL DEFAULT 0,
    "executor_cpu" DOUBLE PRECISION,
    "gaps" INTEGER NOT NULL DEFAULT 0,
    "last_gap" JSONB,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "log_stream_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "log_archive_destination_id_idx" ON "log_archive"("destination_id");

-- CreateIndex
CREATE INDEX "log_stream_lease_expires_at_idx" ON "log_stream"("lease_expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "log_stream_cluster_id_node_key" ON "log_stream"("cluster_id", "node");

-- AddForeignKey
ALTER TABLE "log_archive" ADD CONSTRAINT "log_archive_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "cluster"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "log_archive" ADD CONSTRAINT "log_archive_destination_id_fkey" FOREIGN KEY ("destination_id") REFERENCES "destination"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "log_stream" ADD CONSTRAINT "log_stream_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "log_archive"("cluster_id") ON DELETE CASCADE ON UPDATE CASCADE;
