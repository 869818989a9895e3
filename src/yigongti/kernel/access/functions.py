"""The SQL that row-level security reads: who is acting, set by :func:`.acting.acting` for one transaction."""

CREATE = """
CREATE FUNCTION acting_for_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('yigongti.scope', true) = 'all', false) $$;

CREATE FUNCTION acting_organizations() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('yigongti.organizations', true), ''), '{}')::bigint[] $$;

CREATE FUNCTION acting_organization() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('yigongti.organization', true), '')::bigint $$;

CREATE FUNCTION acting_user() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('yigongti.user', true), '')::bigint $$;

CREATE FUNCTION acting_resident() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('yigongti.resident', true), '')::uuid $$;
"""

DROP = """
DROP FUNCTION acting_for_all(); DROP FUNCTION acting_organizations(); DROP FUNCTION acting_organization();
DROP FUNCTION acting_user(); DROP FUNCTION acting_resident();
"""
