-- Two roles, least privilege for each, and row-level security between tenants (docs/adr/0003).
--   sallyport_app    one transaction sees one tenant: the one that app.tenant names; unset means no rows
--   sallyport_fleet  fleet-wide work: sign-in, publishing, nodes, events, retention
-- Neither owns a table, so neither can switch the policies off.

-- Roles belong to the whole server: another database's migration may be making the same ones at this moment.
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['sallyport_app', 'sallyport_fleet'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
      END;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = wanted AND (rolsuper OR rolbypassrls)) THEN
      RAISE EXCEPTION 'role % would bypass row-level security: take SUPERUSER and BYPASSRLS away from it', wanted;
    END IF;
  END LOOP;
END
$$;

GRANT USAGE ON SCHEMA public TO sallyport_app, sallyport_fleet;

-- The tenant of this transaction; null when none is set. A value that is no UUID is an error, not a tenant.
CREATE FUNCTION current_tenant() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('app.tenant', true), '')::uuid;

-- What each role may do. A table that is not listed here is closed to it.
GRANT SELECT, INSERT, UPDATE ON tenant TO sallyport_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON
  tenant_domain, identity_provider, upstream, route, rate_limit_policy, propagation_policy, degradation_policy
  TO sallyport_app;
GRANT SELECT ON fleet_object, alert, alert_history, decision_count TO sallyport_app;
GRANT SELECT, INSERT ON audit_record, security_event TO sallyport_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON
  tenant, tenant_domain, identity_provider, upstream, route, rate_limit_policy, propagation_policy, degradation_policy,
  fleet_object, idempotency_key, node_group, node, join_token, signing_key, decision_count, event_batch, alert,
  person, role_binding, console_session, one_time_link, api_token, sign_in_attempt
  TO sallyport_fleet;
GRANT SELECT, INSERT, UPDATE ON installation TO sallyport_fleet;
GRANT USAGE ON SEQUENCE alert_number_seq TO sallyport_fleet;
-- Written once: a section, a revision, what was done with an alert.
GRANT SELECT, INSERT ON section, revision, revision_group, alert_history TO sallyport_fleet;
GRANT UPDATE (live_at, target_nodes) ON revision_group TO sallyport_fleet;
-- Retention takes old events away; nobody changes one.
GRANT SELECT, INSERT, DELETE ON security_event TO sallyport_fleet;
-- The audit log only grows.
GRANT SELECT, INSERT ON audit_record TO sallyport_fleet;

-- FORCE binds the tables' owner as well. Where the owner is no superuser, the last policy lets migrations see the rows.
DO $$
DECLARE
  guarded record;
BEGIN
  FOR guarded IN
    SELECT * FROM (VALUES
      ('tenant', 'id = current_tenant()'),
      ('tenant_domain', 'tenant_id = current_tenant()'),
      ('identity_provider', 'tenant_id = current_tenant()'),
      ('upstream', 'tenant_id = current_tenant()'),
      ('route', 'tenant_id = current_tenant()'),
      ('rate_limit_policy', 'tenant_id = current_tenant()'),
      ('propagation_policy', 'tenant_id = current_tenant()'),
      ('degradation_policy', 'tenant_id = current_tenant()'),
      ('role_binding', 'tenant_id = current_tenant()'),
      ('api_token', 'tenant_id = current_tenant()'),
      ('audit_record', 'tenant_slug = (SELECT slug FROM tenant WHERE id = current_tenant())'),
      ('security_event', 'tenant_slug = (SELECT slug FROM tenant WHERE id = current_tenant())'),
      ('alert', 'tenant_slug = (SELECT slug FROM tenant WHERE id = current_tenant())'),
      ('decision_count', 'tenant_slug = (SELECT slug FROM tenant WHERE id = current_tenant())'),
      ('alert_history', 'EXISTS (SELECT FROM alert WHERE alert.id = alert_id)')
    ) AS list (name, condition)
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded.name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', guarded.name);
    EXECUTE format('CREATE POLICY one_tenant ON %I TO sallyport_app USING (%s) WITH CHECK (%s)', guarded.name, guarded.condition, guarded.condition);
    EXECUTE format('CREATE POLICY whole_fleet ON %I TO sallyport_fleet USING (true) WITH CHECK (true)', guarded.name);
    EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', guarded.name);
  END LOOP;
END
$$;

-- Rules that hold whoever writes.
ALTER TABLE installation ADD CONSTRAINT installation_single CHECK (id = 1);
ALTER TABLE person ADD CONSTRAINT person_email_lower_case CHECK (email = lower(email));
ALTER TABLE tenant_domain ADD CONSTRAINT tenant_domain_host_lower_case CHECK (host = lower(host));
ALTER TABLE revision ADD CONSTRAINT revision_after_parent CHECK (number > parent AND parent >= 0);
