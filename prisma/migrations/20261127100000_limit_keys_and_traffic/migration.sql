-- CreateTable
CREATE TABLE "pressed_key" (
    "tenant_slug" TEXT NOT NULL,
    "policy" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "key_id" CHAR(64) NOT NULL,
    "key" JSONB NOT NULL,
    "over" BIGINT NOT NULL,
    "near" BIGINT NOT NULL,
    "unseen" BIGINT NOT NULL,

    CONSTRAINT "pressed_key_pkey" PRIMARY KEY ("tenant_slug","policy","since","key_id")
);

-- CreateTable
CREATE TABLE "traffic_recording" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "routes" TEXT[],
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "started_by" TEXT NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "full_at" TIMESTAMPTZ(3),
    "requests" INTEGER NOT NULL DEFAULT 0,
    "lost" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "traffic_recording_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "traffic_part" (
    "tenant_id" UUID NOT NULL,
    "recording_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "node_id" UUID NOT NULL,
    "requests" INTEGER NOT NULL,
    "arrivals" BYTEA NOT NULL,

    CONSTRAINT "traffic_part_pkey" PRIMARY KEY ("tenant_id","recording_id","id")
);

-- CreateIndex
CREATE INDEX "pressed_key_since_idx" ON "pressed_key"("since");

-- CreateIndex
CREATE INDEX "traffic_recording_ends_at_idx" ON "traffic_recording"("ends_at");

-- AddForeignKey
ALTER TABLE "traffic_recording" ADD CONSTRAINT "traffic_recording_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "traffic_part" ADD CONSTRAINT "traffic_part_tenant_id_recording_id_fkey" FOREIGN KEY ("tenant_id", "recording_id") REFERENCES "traffic_recording"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

GRANT SELECT ON pressed_key TO sallyport_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON pressed_key TO sallyport_fleet;
GRANT SELECT, INSERT, UPDATE, DELETE ON traffic_recording, traffic_part TO sallyport_app, sallyport_fleet;

ALTER TABLE pressed_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE pressed_key FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON pressed_key TO sallyport_app USING (tenant_slug = (SELECT slug FROM tenant WHERE id = current_tenant()));
CREATE POLICY whole_fleet ON pressed_key TO sallyport_fleet USING (true) WITH CHECK (true);
CREATE POLICY owner ON pressed_key TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE traffic_recording ENABLE ROW LEVEL SECURITY;
ALTER TABLE traffic_recording FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON traffic_recording TO sallyport_app USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY whole_fleet ON traffic_recording TO sallyport_fleet USING (true) WITH CHECK (true);
CREATE POLICY owner ON traffic_recording TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE traffic_part ENABLE ROW LEVEL SECURITY;
ALTER TABLE traffic_part FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON traffic_part TO sallyport_app USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY whole_fleet ON traffic_part TO sallyport_fleet USING (true) WITH CHECK (true);
CREATE POLICY owner ON traffic_part TO CURRENT_USER USING (true) WITH CHECK (true);
