-- The tables of sizing, from what was measured
\pset fieldsep ' | '
\ir digits.sql
CREATE FUNCTION bytes(n float8) RETURNS text LANGUAGE sql AS $$
  SELECT CASE WHEN n < 1e6 THEN digits(n / 1e3) || ' kB' WHEN n < 1e9 THEN digits(n / 1e6) || ' MB'
              WHEN n < 1e12 THEN digits(n / 1e9) || ' GB' ELSE digits(n / 1e12) || ' TB' END
$$;
CREATE FUNCTION duration(ms float8) RETURNS text LANGUAGE sql AS $$
  SELECT CASE WHEN ms < 1e3 THEN digits(ms) || ' ms' WHEN ms < 6e4 THEN digits(ms / 1e3) || ' s'
              WHEN ms < 3.6e6 THEN digits(ms / 6e4) || ' min' ELSE digits(ms / 3.6e6) || ' h' END
$$;
CREATE FUNCTION thousands(n numeric) RETURNS text LANGUAGE sql AS $$ SELECT to_char(n, 'FM999,999,999,999,999') $$;

\echo 'Measured, 100 days:'
\echo
\echo '| answers | groups a day | bytes of an answer | bytes of a group | of its index | filling, ms for a million answers | fold, ms for 1,000 deltas | report of a day | of all days |'
\echo '|---|---|---|---|---|---|---|---|---|'
SELECT '| ' || thousands(answers), thousands(groups), digits(answers_size::float8 / answers), digits(store::float8 / in_store),
       digits(index::float8 / in_store), digits(fill * 1e6 / answers), coalesce(digits(fold * 1e3 / deltas)::text, ''), duration(day),
       duration(everything) || ' |'
FROM size ORDER BY answers, groups;

-- Filling takes so long for each answer and so long for each group: the least squares of the
-- relative errors. A group's size depends on how many answers it has, so it is that of the measured
-- one that comes closest. Folding is that of answers which come one by one, a delta each.
CREATE TEMP VIEW filling AS
SELECT (x * gg - y * ag) / (aa * gg - ag * ag) AS of_answer, (y * aa - x * ag) / (aa * gg - ag * ag) AS of_group
FROM (SELECT sum((answers / fill) ^ 2) AS aa, sum((in_store / fill) ^ 2) AS gg, sum(answers / fill * (in_store / fill)) AS ag,
             sum(answers / fill) AS x, sum(in_store / fill) AS y FROM size) sums;
CREATE TEMP TABLE future AS
SELECT answers_a_day, groups, answers_a_day * 3650.0 AS answers,
       -- as many of the groups as have an answer on a day, if these fall anywhere
       round(groups * (1 - exp(greatest(-700, -answers_a_day / groups::float8))) * 3650)::numeric AS in_store
FROM unnest(ARRAY[10000, 100000, 1000000, 10000000, 27400000]) answers_a_day, unnest(ARRAY[100, 1000, 10000]) groups;

\echo
\echo 'Calculated, after ten years:'
\echo
\echo '| answers a day | groups a day | answers | their table | groups | the rollup | filling | folding a day''s answers | report of a day | of a year | of ten years |'
\echo '|---|---|---|---|---|---|---|---|---|---|---|'
SELECT '| ' || thousands(f.answers_a_day), thousands(f.groups), thousands(f.answers), bytes(f.answers * s.answers_size / s.answers),
       thousands(f.in_store), bytes(f.in_store * (s.store + s.index) / s.in_store), duration(f.answers * filling.of_answer + f.in_store * filling.of_group),
       duration(f.answers_a_day * folding.ms), duration(s.day),
       duration(s.everything * 3.65), duration(s.everything * f.in_store / s.in_store) || ' |'
FROM future f CROSS JOIN filling
CROSS JOIN LATERAL (SELECT * FROM size s WHERE s.groups = f.groups
                    ORDER BY abs(ln(s.answers / s.in_store::float8) - ln(f.answers / f.in_store::float8)), s.answers DESC LIMIT 1) s
CROSS JOIN LATERAL (SELECT avg(fold / deltas) AS ms FROM size s WHERE s.groups = f.groups) folding
ORDER BY f.answers_a_day, f.groups;
