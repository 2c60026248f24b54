\set ECHO none
-- A grammar of random queries: under each name its forms, each with a weight. {name} in a form
-- stands for one of the forms of that name, {NAME} for one that is the same in the whole query,
-- {1..9} for a number (01 with a leading zero). In «type|value» stands a value that may become a
-- parameter.
CREATE TABLE grammar (name text, form text, weight integer);
INSERT INTO grammar
SELECT max(line) FILTER (WHERE line ~ '^\w') OVER (PARTITION BY section), ltrim(substring(line FROM '^\t\d+(.*)')), substring(line FROM '^\t(\d+)')::integer
FROM (SELECT n, line, count(*) FILTER (WHERE line ~ '^\w') OVER (ORDER BY n) AS section
	FROM string_to_table($grammar$TABLE
	30 answers
	24 parts
	3 views
	1 kept_views
	1 secure_views
	1 ONLY parts
	1 parts_early
	1 parts_late_phone
	1 (SELECT * FROM answers OFFSET 0)
	3 (SELECT * FROM parts)
	2 (SELECT * FROM answers a WHERE {range})
	1 (SELECT x.*, upper(channel) AS c FROM answers x)
T
	4 a.at
	3 a.atz
	2 a.day
ZONE
	3 Europe/Amsterdam
	3 UTC
	1 America/New_York
	1 America/St_Johns
	1 Asia/Kolkata

# Whole queries.
query
	50 {block}
	4 SELECT * FROM ({block}) AS source
	2 SELECT * FROM (SELECT * FROM ({named}) AS inside WHERE n > 1) AS source WHERE c1 IS NOT NULL
	3 SELECT c1, count(*), max(m1), sum(n) FROM ({named}) AS source GROUP BY 1
	2 SELECT source.c1, source.m1 FROM ({named}) AS source ORDER BY 2 DESC NULLS LAST, 1 NULLS FIRST LIMIT {3..9}
	2 WITH w AS ({named}) SELECT * FROM w
	1 WITH w AS MATERIALIZED ({named}) SELECT x.c1, x.m1, y.m1 FROM w x LEFT JOIN w y ON x.c1 = y.c1 AND x.n < y.n
	2 {named} UNION ALL {named1}
	2 ({numbers}) UNION ({numbers})
	1 ({numbers}) EXCEPT ALL ({numbers})
	1 SELECT c.channel, c.family FROM channels c WHERE EXISTS (SELECT {agg} FROM {from} {where} {havinga})
	3 SELECT c.channel, (SELECT {agg} FROM {TABLE} a WHERE a.channel = c.channel) FROM channels c
	2 SELECT c.channel, (SELECT {agg} FROM {TABLE} a WHERE a.channel = c.channel AND {range}), (SELECT count(*) FROM {TABLE} a WHERE {T} >= c.since AND {T} < {hi}) FROM channels c
	3 SELECT v.*, s.* FROM (VALUES (timestamp '{dlo} {clock}', timestamp '{dhi} {clock}', 'phone'), (timestamp '{dlo}', timestamp '{dhi}', 'chat'), (NULL, NULL, NULL)) v (lo, hi, chosen), LATERAL (SELECT {key}, {agg}, count(*) FROM {TABLE} a WHERE {T} >= v.lo AND {T} < v.hi GROUP BY 1) s
	2 SELECT v.*, s.* FROM (VALUES (timestamptz '{dlo} {clock}+01', timestamptz '{dhi}+02', 'phone'), (timestamptz '{dlo}Z', timestamptz 'infinity', 'chat')) v (lo, hi, chosen), LATERAL (SELECT {agg}, {metric} FILTER (WHERE a.channel = v.chosen), count(*) FROM {TABLE} a WHERE {T} BETWEEN v.lo AND v.hi AND coalesce(a.channel, '') <> v.chosen) s
	2 SELECT c.family, s.* FROM channels c LEFT JOIN LATERAL (SELECT {agg}, {agg} FROM {TABLE} a WHERE upper(a.channel) = upper(c.channel) AND {range} GROUP BY a.agent) s ON true
	2 SELECT g.n, s.* FROM generate_series({0..2}, {3..5}) g (n), LATERAL (SELECT {key}, {agg}, count(*) FROM {TABLE} a WHERE {T} >= timestamp '{dlo} {clock}' + g.n * interval '1 week' AND {T} < timestamp '{dlo} {clock}' + (g.n + 1) * interval '1 week' GROUP BY 1) s
	1 SELECT a.channel, a.id, nps(a.recommend) OVER (PARTITION BY a.channel ORDER BY a.id) FROM {TABLE} a WHERE a.agent = 1
	1 SELECT (SELECT nps(a.recommend)), (SELECT count(*) FROM agents g WHERE g.agent = a.agent) FROM {TABLE} a GROUP BY a.agent
	1 SELECT c.family, (SELECT nps(a.recommend, 'nps') FROM channels x WHERE x.channel = c.channel) FROM {TABLE} a JOIN channels c ON c.channel = a.channel GROUP BY c.family, c.channel
	2 SELECT {key} AS c1, {agg} FROM {TABLE} a JOIN (SELECT a.channel AS top, {agg} AS m FROM {TABLE} a WHERE {range} GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1 LIMIT 2) series ON a.channel = series.top WHERE {range} GROUP BY 1
	1 SELECT (SELECT ces_tally(a.recommend, 'nps') FROM {TABLE} a WHERE {range}), (SELECT max(m1) FROM ({named}) q)
	1 SELECT unnest(ces_counts(ces_tally(a.recommend, 'nps'))), a.channel FROM {TABLE} a WHERE {range} GROUP BY 2
	1 SELECT DISTINCT {agg}, {groupkey} FROM {from} {where} GROUP BY {groupkey}, 2
	1 SELECT DISTINCT ON (a.channel) a.channel, a.agent, {agg} FROM {TABLE} a {where} GROUP BY 1, 2 ORDER BY 1, 2 DESC

# It has to be refused either way.
	1 SELECT {key}, {agg} FROM {from} {where} GROUP BY 1 FOR UPDATE

# A query with an aggregate.
block
	4 SELECT {aggs} FROM {from} {where} {havinga}
	10 SELECT {key}, {aggs} FROM {from} {where} GROUP BY 1 {having} {order1}
	1 SELECT {agg}, {key} FROM {from} {where} GROUP BY 2, {groupkey} {having}
	10 SELECT {key}, {key}, {aggs} FROM {from} {where} GROUP BY 1, 2 {having} {order2}
	2 SELECT {key}, {aggs}, {window} FROM {from} {where} GROUP BY 1 {having} ORDER BY 1
	4 SELECT {key}, {key}, {aggs} FROM {from} {where} GROUP BY {sets} {having} {orderall}
	1 SELECT {key}, {key}, {aggs}, grouping({set1}) FROM {from} {where} GROUP BY {sets2} {having}
	1 SELECT {aggs} FROM {from} {where} GROUP BY ()
	1 SELECT count(*), {aggs} FROM {from} {where} GROUP BY GROUPING SETS ((), ()) {havinga}
	1 SELECT DISTINCT {aggs} FROM {from} {where} GROUP BY {groupkey} {having}
	1 SELECT {agg} FROM {from} {where} GROUP BY {groupkey}, {groupkey} {having}
named
	1 SELECT {key} AS c1, {number} AS m1, count(*) AS n FROM {from} {where} GROUP BY 1 {having}
	1 SELECT {textkey} AS c1, {number} AS m1, count(*) AS n FROM {from} {where} GROUP BY {textkey}, 1 {having}
named1
	1 SELECT NULL AS c1, {number}, count(*) FROM {from} {where}
numbers
	1 SELECT a.channel, {number} FROM {from} {where} GROUP BY 1
	1 SELECT 'all', {number} FROM {from} {where}
order1
	4
	1 ORDER BY 1
	1 ORDER BY 1 DESC NULLS LAST LIMIT {1..8}
	1 ORDER BY 2 DESC NULLS LAST, 1 LIMIT 5
	1 ORDER BY 1 OFFSET 2 FETCH NEXT 500 ROWS ONLY
order2
	4
	1 ORDER BY 1, 2
	1 ORDER BY 2 DESC, 1 LIMIT {1..30}
	1 ORDER BY 3 NULLS FIRST, 1, 2 LIMIT 10
	1 ORDER BY count(*) DESC, 1, 2 LIMIT 7
orderall
	1
	1 ORDER BY 1, 2
sets
	2 ROLLUP (1, 2)
	2 CUBE (1, 2)
	2 GROUPING SETS ((1), (2), ())
	1 GROUPING SETS ((1, 2), (2))
	1 GROUPING SETS ((1), (1), (2))
	1 1, ROLLUP (2)
	1 ROLLUP (1), CUBE (2)
	1 DISTINCT ROLLUP (1, 2), ROLLUP (1)
set1
	1 a.channel
sets2
	1 ROLLUP (1, 2, a.channel)
	1 GROUPING SETS ((1, a.channel), (2, a.channel), ())
window
	1 rank() OVER (ORDER BY nps(a.recommend))
	1 sum(count(*)) OVER ()
	1 nps(a.recommend) - max(nps(a.recommend)) OVER (ORDER BY count(*), ces_tally(a.recommend, 'nps')::text)
	1 ces_rollup(ces_tally(a.recommend, 'nps')) OVER (ORDER BY count(*))
	1 round(100.0 * count(*) / sum(count(*)) OVER (), 2)
	1 max({number}) OVER (PARTITION BY count(*) > 20)

# FROM.
from
	90 {TABLE} a
	1 answers a TABLESAMPLE SYSTEM (100)
	2 {TABLE} a JOIN agents g ON g.agent = a.agent
	1 {TABLE} a LEFT JOIN agents g ON a.agent = g.agent
	2 {TABLE} a LEFT JOIN channels c ON c.channel = a.channel
	1 {TABLE} a JOIN channels c ON upper(c.channel) = upper(a.channel)
	1 {TABLE} a JOIN channels c ON c.channel IS NOT DISTINCT FROM a.channel
	1 channels c LEFT JOIN {TABLE} a ON a.channel = c.channel
	1 channels c LEFT JOIN {TABLE} a ON a.channel = c.channel AND {range}
	1 {TABLE} a RIGHT JOIN agents g ON g.agent = a.agent
	1 {TABLE} a FULL JOIN channels c ON c.channel = a.channel
	1 {TABLE} a NATURAL JOIN (SELECT agent, team FROM agents) g
	1 {TABLE} a JOIN (SELECT agent, count(*) AS teams FROM agents GROUP BY 1) g USING (agent)
	1 {TABLE} a JOIN agents g ON g.agent = a.agent LEFT JOIN channels c ON c.channel = a.channel
	1 {TABLE} a JOIN calendar d ON {T}::date = d.day
	1 {TABLE} a JOIN calendar d ON {T} >= d.day AND {T} < d.day + interval '1 day'
	1 {TABLE} a JOIN calendar d ON date_trunc('week', {T}) = d.day
	1 {TABLE} a JOIN calendar d ON d.day = date '{dlo}' AND {T} >= d.week
	1 {TABLE} a CROSS JOIN (VALUES (1), (2)) v (x)
	1 {TABLE} a JOIN agents g ON g.agent = a.agent AND g.since <= {T}
	1 {TABLE} a JOIN LATERAL (SELECT * FROM channels c WHERE c.channel = a.channel) c ON true
	1 {TABLE} a JOIN answers b ON a.id = b.id
	1 {TABLE} a JOIN (SELECT DISTINCT agent, channel FROM answers WHERE agent < 2) b USING (agent, channel)
	1 {TABLE} a JOIN agents g ON g.agent = a.id

# WHERE and HAVING.
where
	1
	12 WHERE {range}
	6 WHERE {range} AND {cond}
	2 WHERE {cond}
	1 WHERE {cond} AND {cond}
	1 WHERE ({cond} OR {cond}) AND {range}
	1 WHERE (NOT {cond}) AND {range} AND a.kept
	1 WHERE false
	1 WHERE NULL
range
	24 {T} >= {lo} AND {T} < {hi}
	8 {T} BETWEEN {lo} AND {hi}
	8 {T} >= {lo} AND {T} <= {hi}
	2 {lo} <= {T} AND {hi} > {T}
	6 {T} >= {lo}
	6 {T} < {hi}
	2 {T} > {lo}
	2 {hi} >= {T}
	2 {T} > {lo} AND {T} < {hi} AND {T} >= {lo} AND {T} <= {hi}
	1 ({T} >= {lo} AND ({T} < {hi}))
	1 {T} >= {hi} AND {T} < {lo}
	1 NOT ({T} < {lo})
	1 {T} = {lo}
	1 {T} <> {lo}
	1 ({T} < {lo} OR {T} >= {hi})
	1 CASE WHEN {T} > {lo} THEN true ELSE a.channel IS NULL END
	1 {T}::date BETWEEN {dateb} AND {dateb}
	1 date_trunc('day', {T}) >= {lo} AND date_trunc('day', {T}) < {hi}
	1 date_trunc('month', {T}) = timestamp '2026-03-01'
	1 extract(year FROM {T}) = 2026
	2 ({T} AT TIME ZONE '{ZONE}') >= {lo} AND ({T} AT TIME ZONE '{ZONE}') < {hi}
	1 {T} IN ({lo}, {hi})
	1 {T} IS NOT NULL
	1 {T} IS NULL
	1 {T} BETWEEN SYMMETRIC {hi} AND {lo}
	1 ({T} >= {lo}) IS NOT FALSE
	1 coalesce({T}, {lo}) >= {lo}
	1 {T} + interval '1 day' > {lo}
	1 isfinite({T})
	1 {T}::timestamp >= {lo} AND CAST({T} AS timestamp) < {hi}
	1 CAST({T} AS timestamptz) >= {lo} AND {T}::timestamptz < {hi}
	1 {T} >= {lo} AND {T} < {lo}
	1 {T}::date = {dateb}
	1 ({T} >= {lo} AND {T} < {hi} AND true)
	2 {T} >= {lo} AND {T} < {hi} AND a.kept
	1 tstzrange({lo}, NULL) @> {T}::timestamptz
	1 ({T}, a.agent) >= ({lo}, 1)
	1 ({T}::date, {T}::date) OVERLAPS (date '{dlo}', date '{dhi}')
cond
	8 a.channel = 'phone'
	8 a.channel = «text|chat»
	8 a.channel IN ('phone', 'Chat')
	1 a.channel = ANY («text[]|{{chat,phone}}»)
	1 a.channel <> 'fax'
	1 a.channel IS NULL
	1 a.channel ILIKE '%' || «text|ha» || '%'
	5 (a.agent <> «integer|2» OR a.agent IS NULL)
	5 a.agent = {0..3}
	1 a.agent IS NOT NULL
	5 upper(a.channel) = 'CHAT'
	2 a.agent IN (SELECT g.agent FROM agents g WHERE g.team = 'a')
	1 EXISTS (SELECT FROM agents x WHERE x.agent = a.agent AND x.team = 'b')
	1 NOT EXISTS (SELECT FROM channels x WHERE x.channel = a.channel)
	1 a.agent NOT IN (SELECT g.agent FROM agents g WHERE g.agent IS NOT NULL)
	2 a.kept
	1 a.kept IS NOT TRUE
	1 a.lang = 'nl'
	1 a.effort > 3
	1 a.id % 3 = 1
	1 a.channel IS DISTINCT FROM (SELECT max(x.channel) FROM channels x)
	1 length(a.channel) + a.agent > 5
	1 CASE WHEN a.channel IS NULL THEN a.agent = 1 ELSE a.agent < 3 END
	1 100 / (a.agent - 9) < 0
	1 a.channel = current_setting('application_name')
	1 a.word = 'word'
	1 a.amount = 1
	1 scale(a.amount) = 1
	1 lower(a.word) = 'word'
	1 a.recommend IS NOT NULL
	1 random() >= 0
	1 a.day >= date '{dlo}'
	1 {range}
	1 a.channel COLLATE "C" < 'b'
	1 (SELECT x.is_open FROM calendar x WHERE x.day = {T}::date)
having
	10
	1 HAVING count(*) > {1..20}
	1 HAVING nps(a.recommend) > {-50..50}
	1 HAVING {number} IS NOT NULL
	1 HAVING ces_count(ces_tally(a.recommend, 'nps')) < 100
havinga
	5
	1 HAVING count(*) > 1
	1 HAVING false
	1 HAVING nps(a.recommend) IS NULL

# Bounds of time. In {lo} and {hi}, {d} is a day in the first or second half.
b
	6 timestamp '{d} {clock}'
	4 '{d} {clock}'
	4 date '{d}'
	2 '{d}'
	4 timestamptz '{d} {clock}{offset}'
	1 '{d} {clock}{offset}'
	5 «timestamp|{d} {clock}»
	5 «timestamptz|{d} {clock}{offset}»
	2 «date|{d}»
	1 «text|{d} {clock}{offset}»::timestamptz
	1 «text|{d} {clock}»::timestamp
	3 TO_TIMESTAMP('{d} {clock}', 'YYYY-MM-DD HH24:MI:SS.US')
	2 TO_DATE('{d}', 'YYYY-MM-DD')
	3 (now() - interval '{days} days {0..40} hours')
	1 date_trunc('month', now() - interval '{days} days')
	1 date_trunc('week', (now() + (interval '-{days} day')))
	1 (current_date - {days})
	1 (localtimestamp - interval '{days} days')
	1 CAST('{d}' AS timestamp) + interval '{0..30} hours'
	1 DATE_TRUNC('day', DATE '{d}')
	1 (timestamp '{d} {clock}' AT TIME ZONE '{zone}')
	1 (timestamptz '{d} {clock}{offset}' AT TIME ZONE '{zone}')
	1 date_trunc('week', timestamp '{d}', '{zone}')
	1 (SELECT max(x.since) FROM agents x WHERE x.agent = {1..2})
	1 (SELECT x.since FROM channels x WHERE x.channel = 'chat')
	1 make_date(2026, 3, {1..28})
	1 'infinity'
	1 '-infinity'::timestamp
	1 NULL::timestamp
	1 «timestamptz|»
	1 (clock_timestamp() - interval '{days} days')
	1 (date '{d}' + time '{clock}')
	1 greatest(timestamp '{d}', timestamp '2026-02-20 12:00')
	1 timestamp '1901-01-01'
	1 timestamp '2300-01-01'
dateb
	3 date '{dlo}'
	3 date '{dhi}'
	1 '{dhi}'
	1 «date|{dlo}»
	1 (current_date - {days})
dlo
	5 2026-02-{10..28}
	4 2026-03-{01..20}
	2 2026-03-01
	1 2026-02-16
	1 2026-03-08
	2 2026-01-01
	1 2026-02-01
	1 2025-12-29
dhi
	4 2026-04-{01..22}
	5 2026-03-{10..31}
	2 2026-04-01
	2 2026-03-29
	1 2026-03-30
	1 2026-03-09
	1 2027-01-01
	1 2026-05-01
	1 2026-07-01
clock
	8 00:00
	4 00:00:00.000000
	2 12:34:56
	3 23:59:59.999
	2 23:59:59.999999
	1 23:59:59
	4 {00..23}:00
	1 02:30
	1 18:30
	2 {00..23}:{00..59}:{00..59}.5
offset
	3 Z
	2 +00
	2 +01
	1 +02
	1 -05
	1 +05:30
	1 -04
zone
	1 Europe/Amsterdam
	1 UTC
	1 America/New_York
	1 America/St_Johns
	1 Asia/Kolkata
	1 +02
	1 CET

# Keys.
key
	8 {timekey}
	5 {textkey}
	3 {otherkey}
groupkey
	1 a.channel
	1 a.agent
	1 {T}::date
	1 date_trunc('month', {T})
textkey
	24 a.channel
	4 upper(a.channel)
	1 a.channel || '/' || a.agent
	1 coalesce(a.channel, 'none')
	1 CASE WHEN a.channel IN ('chat', 'Chat') THEN 'text' WHEN a.agent > 1 THEN 'team' ELSE 'other' END
	1 a.agent::text
	1 a.channel COLLATE "C"
	1 md5(a.channel)
	1 to_char({T}, 'YYYY-MM')
	1 (SELECT min(x.family) FROM channels x WHERE x.channel = a.channel)
	1 format('%s', a.channel)
	1 a.lang
	1 lower(a.word)
	1 initcap(upper(a.channel))
	1 CASE a.agent WHEN 1 THEN 'one' ELSE a.channel END
	1 left(a.channel, «integer|2»)
otherkey
	30 a.agent
	1 a.agent % 2
	2 a.kept
	1 a.channel IS NULL
	1 a.channel IN ('phone', 'fax')
	1 a.id % 3
	1 a.effort
	1 a.recommend > 6
	1 100 / (a.agent - 9)
	1 100 / (length(a.channel) - 4)
	1 trim_scale(a.amount)
	1 scale(a.amount)
	1 a.amount::text
	1 ARRAY[a.agent, length(a.channel)]
	1 (a.agent, a.channel)
	1 a.agent = ANY (ARRAY[1, 2])
	1 a.agent + «integer|1»
	1 1
	1 NULL::integer
	1 width_bucket(a.agent, 0, 4, 2)
	1 {T} IS NULL
	1 {T} >= {lo}
	1 CASE WHEN {T} < {hi} THEN a.agent END
	1 (SELECT count(*) FROM agents x WHERE x.agent = a.agent)
	1 a.agent IN (SELECT x.agent FROM agents x)
timekey
	30 date_trunc('{unit}', {T})
	8 {T}::date
	1 CAST({T} AS date)
	1 {T}
	1 {T}::timestamp
	2 date_trunc('{unit}', CAST({T} AS timestamp))
	4 date_trunc('{unit}', {T} AT TIME ZONE '{ZONE}')
	2 date_trunc('{unit}', {T}, '{ZONE}')
	3 ({T} AT TIME ZONE '{ZONE}')::date
	3 date_trunc('{unit}', {T}::timestamptz AT TIME ZONE '{ZONE}')
	4 extract({field} FROM {T})
	1 date_part('{field}', {T})
	3 to_char({T}, '{picture}')
	2 to_char(date_trunc('{unit}', {T}), '{picture}')
	2 date_bin('{stride}', {T}, timestamp '2001-01-01')
	1 date_bin('{stride}', {T}::timestamp, timestamp '2001-01-01 00:00')
	1 date_bin('{stride}', {T}::timestamptz, timestamptz '2001-01-01 00:00Z')
	1 date_trunc('week', {T} + interval '1 day') - interval '1 day'
	2 (CAST(DATE_TRUNC('week', ({T} + INTERVAL '1 day')) AS timestamp) + INTERVAL '-1 day')
	2 CAST((DATE_TRUNC('day', CAST({T} AS DATE)) + (-EXTRACT(DOW FROM {T}) * INTERVAL '1 DAY')) AS DATE)
	3 floor(extract(epoch from {T})/{seconds})*{seconds}
	2 CAST(DATE_TRUNC('{unit}', {T}) AS timestamp)
	1 CAST(EXTRACT(YEAR FROM {T}) AS integer) * 100 + CAST(extract(month FROM {T}) AS integer)
	1 CASE WHEN {T} >= {lo} THEN 'new' WHEN {T} < timestamp '2026-02-20' THEN 'old' ELSE 'between' END
	1 extract(isodow FROM {T}) > 5
	1 {T}::date - date '2026-01-01'
	1 coalesce({T}::date, date '2000-01-01')
	1 make_date(2026, extract(month FROM {T})::integer, 1)
	1 {T}::time
	1 isfinite({T})
	1 {T}::text
	1 {T}::date::text
	1 age({T}::date, date '2026-03-01')::text
	1 greatest({T}, timestamp '2026-03-01')
	1 date_trunc(«text|week», {T})
	2 date_trunc('{unit}', {T})::date
	1 date_trunc('{unit}', {T}::date)
	1 ({T} - interval '4 hours')::date
	1 date_trunc('quarter', {T}) + interval '3 months' - interval '1 day'
	1 to_char({T} AT TIME ZONE '{ZONE}', '{picture}')
	1 TO_CHAR(DATE_TRUNC('week', {T} AT TIME ZONE '{ZONE}'), 'YYYY-MM-DD')
	1 extract({field} FROM {T} AT TIME ZONE '{ZONE}')
unit
	5 day
	6 week
	6 month
	3 quarter
	3 year
	3 hour
	1 minute
	1 second
	1 decade
	1 century
	1 millennium
	1 WEEK
	1 milliseconds
	1 months
	1 mon
	1 fortnight
field
	3 year
	3 month
	2 week
	1 isoyear
	2 dow
	1 isodow
	1 doy
	2 quarter
	1 day
	2 hour
	1 minute
	1 second
	1 epoch
	1 julian
	1 decade
	1 century
	1 timezone
	1 millennium
	1 microseconds
picture
	3 YYYY-MM-DD
	2 YYYY-MM
	2 IYYY-"W"IW
	1 Day
	1 YYYY-MM-DD HH24:00
	1 Mon YYYY
	1 "HH24" YYYY
	1 TZ YYYY
	1 Q
	1 SSSS
	1 J
	1 OF
	1
	1 FMDay, FMDDth
	1 YYYY am
stride
	2 1 day
	2 7 days
	1 1 hour
	1 15 minutes
	1 36 hours
	1 2 days
	1 1 month
	1 7 hours
seconds
	3 86400
	2 604800
	2 3600
	1 60
	1 172800
	1 43200
	1 86400.0

# Aggregates.
aggs
	14 {agg}
	4 {agg}, {agg}
	8 {agg}, count(*)
	1 {agg}, {agg}, {agg}
agg
	24 {metric}
	1 {dutch} FILTER (WHERE {isdutch})
	6 {tally}
	5 {count}
	5 {metric} FILTER (WHERE {filter})
	1 {tally} FILTER (WHERE {filter})
	1 {count} FILTER (WHERE {filter})
	1 round({metric}, 1)
	1 {metric}::float8
	1 coalesce({metric}, 0)
	2 {read}
	1 {foreign}
	1 {metric} - {metric} FILTER (WHERE {filter})
dutch
	1 ces_mean(a.other, '1..7')
	1 ces_topbox(a.other)
	1 ces_tally(a.other, 'ces')
	1 count(*)
isdutch
	3 a.lang = 'nl'
	1 a.lang = 'nl' AND a.agent > 0
	1 (a.channel = 'chat') AND 'nl' = a.lang
number
	8 {metric}
	2 {metric} FILTER (WHERE {filter})
	1 round({metric}, 1)
metric
	40 nps(a.recommend)
	10 nps(a.recommend, 'nps')
	6 nps(a.recommend, '0..10')
	6 nps(a.recommend, '0..10 top 10 bottom 7')
	3 nps(a.recommend::integer)
	3 nps(a.recommend::numeric)
	8 ces_mean(a.recommend, 'nps')
	1 csat(a.recommend, '0..10')
	5 ces_topbox(a.recommend, 'nps')
	3 nps(a.recommend::bigint)
	8 ces_topbox(a.effort)
	1 ces_topbox(a.effort, '1..7')
	4 ces_topbox(a.effort, '1..7 top 6 bottom 2')
	1 ces_topbox(a.effort, ces_scale(1, 7, 6, 2))
	1 ces_topbox(a.effort, '7..1')
	8 ces_mean(a.effort)
	1 ces_mean(a.effort::bigint)
	1 ces_mean(a.effort::numeric)
	1 ces_mean(a.effort::smallint)
	1 ces_mean(a.effort::float8, 'ces')
	1 nps(a.effort, '1..7')
	4 csat(a.sat)
	1 csat(a.sat, 'csat')
	1 csat(a.sat::integer)
	1 ces_mean(a.sat, '1..5 top 5 bottom 1')
	1 csat(a.sat::real)
	1 ces_mean(a.effort, '1..5')
	1 ces_mean(a.other, '1..7')
	1 ces_mean(8 - a.effort)
	1 ces_mean(a.effort, «text|1..7»::ces_scale)
	1 nps(a.recommend, NULL)
	1 nps(DISTINCT a.recommend)
	1 nps(a.recommend ORDER BY a.id)
	1 ces_topbox(a.recommend)
	1 nps(NULL::integer)
	1 ces_mean(5)
	1 nps(a.recommend::text::integer)
	1 ces_mean(a.agent, '0..10')
	1 nps(coalesce(a.recommend, 0))
	1 nps(a.recommend, CASE WHEN a.kept THEN 'nps'::ces_scale ELSE 'nps'::ces_scale END)
tally
	14 ces_tally(a.recommend, 'nps')
	5 ces_tally(a.effort, '1..7')
	1 ces_tally(a.effort, '1..7 top 7 bottom 1')
	1 ces_tally(a.sat, 'csat')
	1 ces_tally(a.recommend, 'nps', 2)
	4 ces_tally(a.recommend, '0..10 top 8 bottom 2')
	1 ces_tally(a.effort, '0..7')
count
	24 count(*)
	3 count(a.lang)
	1 count(a.effort)
	4 count(a.recommend)
	4 count(a.channel)
	1 count({T})
	1 count(DISTINCT a.channel)
	1 count(a)
	1 count(a.*)
	1 count(1)
	1 count(a.id)
	1 count(NULL)
	1 count(upper(a.channel))
	1 sum(1)
read
	1 ces_count(ces_tally(a.recommend, 'nps'))
	1 ces_median(ces_tally(a.effort, '1..7'))
	1 nps_ci(ces_tally(a.recommend, 'nps'))
	1 ces_sparkline(ces_tally(a.recommend, 'nps'))
	1 nps(ces_tally(a.recommend, 'nps'))
	1 ces_counts(ces_tally(a.recommend, 'nps'))
	1 nps(a.recommend) > 10 AND count(*) > 3
	1 CASE WHEN count(*) > 5 THEN nps(a.recommend) END
	1 ROW(nps(a.recommend), count(*))
foreign
	1 sum(a.effort)
	1 avg(a.effort)
	1 min(a.channel)
	1 max({T})
	1 array_agg(DISTINCT a.channel)
	1 bool_and(a.kept)
	1 percentile_cont(0.5) WITHIN GROUP (ORDER BY a.effort)
	1 min(a.agent)
	1 count(DISTINCT a.agent)
	1 (SELECT count(*) FROM agents)
	1 100.0 * (count(*) FILTER (WHERE a.recommend >= 9) - count(*) FILTER (WHERE a.recommend <= 6)) / nullif(count(a.recommend), 0)
filter
	6 a.channel = 'chat'
	5 a.channel IN ('phone', 'Chat')
	3 a.agent = {0..3}
	3 {cond}
	1 a.lang = 'nl'
	1 {T} >= {lo}
	1 {T} >= {lo} AND {T} < {hi}
	1 date_trunc('month', {T}) = timestamp '2026-03-01'
	1 true
	1 NULL
	1 upper(a.channel) = 'CHAT' AND a.agent > 0
$grammar$, E'\n') WITH ORDINALITY g (line, n)) numbered;
DELETE FROM grammar WHERE weight IS NULL;
-- The same with bounds in the first half and in the second.
INSERT INTO grammar SELECT half, replace(form, '{d}', format('{d%s}', half)), weight FROM grammar, (VALUES ('lo'), ('hi')) h (half) WHERE name = 'b';

CREATE TABLE symbol (name text PRIMARY KEY, forms text[]);
INSERT INTO symbol SELECT name, array_agg(form ORDER BY form, g) FROM grammar, generate_series(1, weight) g GROUP BY name;

-- A random query. If the day changes between two runs, so do those that ask what day it is.
CREATE FUNCTION random_query() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	query text := '{query}';
	chosen jsonb := '{}';
	symbol_name text;
	form text;
	range text[];
BEGIN
	LOOP
		symbol_name := substring(query FROM '\{([A-Za-z0-9.-]+)\}');
		EXIT WHEN symbol_name IS NULL;
		range := regexp_match(symbol_name, '^(-?\d+)\.\.(-?\d+)$');
		IF range IS NOT NULL THEN
			form := range[1]::integer + floor(random() * (range[2]::integer - range[1]::integer + 1));
			form := CASE WHEN range[1] LIKE '0_' THEN lpad(form, 2, '0') ELSE form END;
		ELSIF symbol_name = 'days' THEN
			form := current_date - date '2026-02-10' - floor(random() * 60)::integer;
		ELSIF chosen ? symbol_name THEN
			form := chosen->>symbol_name;
		ELSE
			SELECT forms[1 + floor(random() * cardinality(forms))] INTO STRICT form FROM symbol WHERE name = symbol_name;
			IF symbol_name = upper(symbol_name) THEN
				chosen := chosen || jsonb_build_object(symbol_name, form);
			END IF;
		END IF;
		query := overlay(query PLACING form FROM position('{' || symbol_name || '}' IN query) FOR length(symbol_name) + 2);
	END LOOP;
	RETURN replace(replace(query, '{{', '{'), '}}', '}');
END $$;
\set ECHO all

