-- CreateTable
CREATE TABLE "policy_test" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "spec" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT,

    CONSTRAINT "policy_test_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "policy_test_tenant_id_name_key" ON "policy_test"("tenant_id", "name");

-- AddForeignKey
ALTER TABLE "policy_test" ADD CONSTRAINT "policy_test_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

GRANT SELECT, INSERT, UPDATE, DELETE ON policy_test TO sallyport_app, sallyport_fleet;

ALTER TABLE policy_test ENABLE ROW LEVEL SECURITY;
ALTER TABLE policy_test FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON policy_test TO sallyport_app USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY whole_fleet ON policy_test TO sallyport_fleet USING (true) WITH CHECK (true);
CREATE POLICY owner ON policy_test TO CURRENT_USER USING (true) WITH CHECK (true);
