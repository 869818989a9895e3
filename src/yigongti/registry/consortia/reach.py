"""What lies below an organisation on a day: its own parts, and the members of the tight consortia that it leads."""

CREATE = """
CREATE FUNCTION organizations_below(top bigint, day date) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    WITH RECURSIVE below(id) AS (
        SELECT top
        UNION
        SELECT next.id FROM below b CROSS JOIN LATERAL (
            SELECT o.id FROM organizations_organization o WHERE o.part_of_id = b.id
            UNION ALL
            SELECT m.organization_id FROM consortia_membership lead
              JOIN consortia_consortium c ON c.id = lead.consortium_id
              JOIN consortia_membership m ON m.consortium_id = c.id
             WHERE lead.organization_id = b.id AND lead.role = 'lead' AND c.tightness = 'tight'
               AND lead.start <= day AND (lead.until IS NULL OR lead.until > day)
               AND c.start <= day AND (c.until IS NULL OR c.until > day)
               AND m.start <= day AND (m.until IS NULL OR m.until > day)
        ) next
    )
    SELECT array_agg(id ORDER BY id) FROM below
$$;
"""

DROP = "DROP FUNCTION organizations_below(bigint, date)"
