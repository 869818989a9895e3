"""The SQL that holds all stored results against the rules, and open suggestions against newer results.

The formulas of :mod:`.control`, set-based: one statement judges every indicator of every unit.
"""

SIGMA = """
    CASE WHEN {centre} IS NULL THEN NULL
         WHEN {chart} = 'xmr' THEN {spread}
         WHEN {chart} = 'p'
         THEN {factor} * sqrt(greatest({centre} / {factor} * (1 - {centre} / {factor}), 0) / nullif({d}, 0))
         WHEN {chart} = 'u' THEN {factor} * sqrt(greatest({centre} / {factor}, 0) / nullif({d}, 0)) END
"""

JUDGE = f"""
WITH rule AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%s::jsonb) AS r(
        rule text, measure bigint, levels text[], county text, type text, period text, since text, chart text,
        factor float8, span int, points int, least numeric, complete numeric, low bool, high bool, run int,
        floor numeric, ceiling numeric, during int)
), series AS MATERIALIZED (
    SELECT r.rule, r.county, s.measure_id, s.unit_id, s.period, s.value, s.numerator, s.denominator,
           s.value::float8 AS v, s.denominator::float8 AS d,
           row_number() OVER (PARTITION BY r.rule, r.county, s.measure_id, s.unit_id ORDER BY s.period DESC) AS back,
           s.value::float8 - lag(s.value::float8)
               OVER (PARTITION BY r.rule, r.county, s.measure_id, s.unit_id ORDER BY s.period) AS moved
    FROM rule r
    JOIN results_unit u ON u.level = ANY(r.levels) AND u.county = r.county
    JOIN results_result s ON s.measure_id = r.measure AND s.unit_id = u.id AND s.stratum = '' AND s.type = r.type
     AND s.period BETWEEN r.since AND r.period
    WHERE s.value IS NOT NULL AND coalesce(s.denominator, r.least) >= r.least
      AND s.reported >= s.expected * r.complete
), base AS (
    SELECT s.rule, s.county, s.measure_id, s.unit_id, count(*) AS points, avg(s.v) AS mean,
           r.factor * sum(s.numerator::float8) / nullif(sum(s.d), 0) AS rate,
           avg(abs(s.moved)) FILTER (WHERE s.back <= r.span) / 1.128 AS spread
    FROM series s JOIN rule r ON r.rule = s.rule AND r.county = s.county AND r.measure = s.measure_id
    WHERE s.back BETWEEN 2 AND r.span + 1
    GROUP BY s.rule, s.county, s.measure_id, s.unit_id, r.factor
), lined AS (
    SELECT s.*, r.chart, r.factor, r.run, r.during, r.floor, r.ceiling, r.low, r.high,
           r.period AS newest, b.spread, coalesce(b.points, 0) AS points,
           CASE WHEN r.chart <> 'none' AND b.points >= r.points
                THEN CASE r.chart WHEN 'xmr' THEN b.mean ELSE b.rate END END AS centre
    FROM series s JOIN rule r ON r.rule = s.rule AND r.county = s.county AND r.measure = s.measure_id
    LEFT JOIN base b ON b.rule = s.rule AND b.county = s.county AND b.measure_id = s.measure_id
     AND b.unit_id = s.unit_id
    WHERE s.back <= greatest(r.run, r.during, 1)
), judged AS (
    SELECT rule, measure_id, unit_id, chart, centre, spread, points, floor, ceiling, low, high,
           max(value) FILTER (WHERE back = 1) AS value, max(numerator) FILTER (WHERE back = 1) AS numerator,
           max(denominator) FILTER (WHERE back = 1) AS denominator, max(period) AS period,
           max({SIGMA.format(chart="chart", spread="spread", factor="factor", centre="centre", d="d")})
               FILTER (WHERE back = 1) AS sigma,
           run > 0 AND bool_and(v < centre) FILTER (WHERE back <= run) AND count(*) FILTER (WHERE back <= run) = run
               AS below,
           run > 0 AND bool_and(v > centre) FILTER (WHERE back <= run) AND count(*) FILTER (WHERE back <= run) = run
               AS above,
           bool_and(value < floor) FILTER (WHERE back <= during)
               AND count(*) FILTER (WHERE back <= during) = during AS under,
           bool_and(value > ceiling) FILTER (WHERE back <= during)
               AND count(*) FILTER (WHERE back <= during) = during AS over
    FROM lined
    GROUP BY rule, county, measure_id, unit_id, chart, factor, centre, spread, points, floor, ceiling, low, high,
             newest, run, during
    HAVING max(period) = newest
), found AS (
    SELECT j.*, c.cause, c.weight, abs(j.value::float8 - j.centre) / nullif(j.sigma, 0) AS sigmas,
           row_number() OVER (PARTITION BY j.measure_id, j.unit_id, right(c.cause, 3)
                              ORDER BY c.weight, j.rule) AS place
    FROM judged j CROSS JOIN LATERAL (VALUES
        ('beyond-low', 1, j.low AND j.sigma > 0 AND j.value::float8 < j.centre - 3 * j.sigma),
        ('beyond-high', 1, j.high AND j.sigma > 0 AND j.value::float8 > j.centre + 3 * j.sigma),
        ('threshold-low', 2, j.under), ('threshold-high', 2, j.over),
        ('run-low', 3, j.low AND j.below), ('run-high', 3, j.high AND j.above)
    ) AS c (cause, weight, holds)
    WHERE c.holds
)
SELECT f.rule, f.measure_id, f.unit_id, f.cause, f.period, f.value, f.numerator, f.denominator, f.centre, f.spread,
       f.sigma, f.points,
       CASE f.cause WHEN 'threshold-low' THEN f.floor WHEN 'threshold-high' THEN f.ceiling END AS bound
FROM found f
WHERE f.place = 1 AND NOT EXISTS (
    SELECT 1 FROM alarms_alarm a
    WHERE a.measure_id = f.measure_id AND a.unit_id = f.unit_id
      AND ((a.closed_at IS NULL AND right(a.cause, 3) = right(f.cause, 3))
           OR (a.period = f.period AND right(a.cause, 3) = right(f.cause, 3))))
ORDER BY f.unit_id, f.weight, f.sigmas DESC NULLS LAST, f.measure_id
"""  # noqa: S608 - formulas of this file
"""Parameter: the rules as JSON. Rows: what should be opened, the most serious of a unit first.

An indicator of a unit that is open on the same side, or was opened for the same period, is not found again.
"""

INSIDE = """
    CASE a.cause
        WHEN 'threshold-low' THEN s.value >= a."limit" WHEN 'threshold-high' THEN s.value <= a."limit"
        WHEN 'run-low' THEN s.value >= a.centre WHEN 'run-high' THEN s.value <= a.centre
        WHEN 'beyond-low' THEN s.value::float8 >= a.centre::float8 - 3 * {sigma}
        WHEN 'beyond-high' THEN s.value::float8 <= a.centre::float8 + 3 * {sigma} END
""".format(
    sigma=SIGMA.format(
        chart="a.chart",
        spread="a.spread::float8",
        factor="a.factor::float8",
        centre="a.centre::float8",
        d="s.denominator::float8",
    )
)

RECOVERED = f"""
SELECT a.id,
       EXISTS (SELECT 1 FROM results_result s
               WHERE s.measure_id = a.measure_id AND s.unit_id = a.unit_id AND s.period = a.period AND s.stratum = ''
                 AND s.value IS DISTINCT FROM a.value AND {INSIDE}) AS corrected,
       l.period
FROM alarms_alarm a LEFT JOIN LATERAL (
    SELECT max(t.period) AS period, count(*) AS periods, bool_and(t.inside) AS inside
    FROM (SELECT s.period, {INSIDE} AS inside FROM results_result s
          WHERE s.measure_id = a.measure_id AND s.unit_id = a.unit_id AND s.type = a.type AND s.stratum = ''
            AND s.period > a.period AND s.period <= CASE a.type WHEN 'month' THEN %s ELSE %s END
            AND s.value IS NOT NULL
          ORDER BY s.period DESC LIMIT a.recover) t
) l ON l.periods = a.recover AND l.inside
WHERE a.closed_at IS NULL
  AND (l.period IS NOT NULL
       OR EXISTS (SELECT 1 FROM results_result s
                  WHERE s.measure_id = a.measure_id AND s.unit_id = a.unit_id AND s.period = a.period
                    AND s.stratum = '' AND s.value IS DISTINCT FROM a.value AND {INSIDE}))
ORDER BY a.id
"""  # noqa: S608 - formulas of this file
"""Parameters: the newest month and quarter that are judged. Rows: open suggestions that may close."""
