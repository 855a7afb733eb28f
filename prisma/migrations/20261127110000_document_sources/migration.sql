-- CreateTable
CREATE TABLE "document_source" (
    "tenant_slug" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "document_source_pkey" PRIMARY KEY ("tenant_slug","kind","name")
);

GRANT SELECT, INSERT, UPDATE, DELETE ON document_source TO sallyport_app, sallyport_fleet;

ALTER TABLE document_source ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_source FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON document_source TO sallyport_app
  USING (tenant_slug = (SELECT slug FROM tenant WHERE id = current_tenant()))
  WITH CHECK (tenant_slug = (SELECT slug FROM tenant WHERE id = current_tenant()));
CREATE POLICY whole_fleet ON document_source TO sallyport_fleet USING (true) WITH CHECK (true);
CREATE POLICY owner ON document_source TO CURRENT_USER USING (true) WITH CHECK (true);
