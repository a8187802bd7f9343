-- AlterTable
ALTER TABLE "cluster" ADD COLUMN     "replicas" JSONB NOT NULL DEFAULT '[]';
