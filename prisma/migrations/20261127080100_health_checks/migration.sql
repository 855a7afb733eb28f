-- CreateTable
CREATE TABLE "health_check" (
    "id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "evaluated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "health_check_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "health_finding" (
    "check_id" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "health_finding_pkey" PRIMARY KEY ("check_id","subject")
);

ALTER TABLE health_check ADD CONSTRAINT health_check_state CHECK (state IN ('ok', 'warn', 'fail', 'unknown'));

-- The fleet's health is the fleet role's.
GRANT SELECT, INSERT, UPDATE ON health_check TO sallyport_fleet;
GRANT SELECT, INSERT, DELETE ON health_finding TO sallyport_fleet;
