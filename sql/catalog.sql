--
-- What the extension puts into the catalog: comments, volatility and parallel
-- safety. It can be moved and removed
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble

-- Every object has a comment.
SELECT pg_describe_object(classid, objid, objsubid) AS without_comment
FROM pg_depend d
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ces')
  AND obj_description(objid, classid::regclass::name) IS NULL
  -- PostgreSQL makes these along with the types and the table
  AND NOT (classid = 'pg_type'::regclass AND EXISTS (SELECT FROM pg_type t WHERE t.oid = objid AND (t.typelem <> 0 OR t.typrelid <> 0)))
  AND classid NOT IN ('pg_cast'::regclass, 'pg_amop'::regclass, 'pg_amproc'::regclass)
ORDER BY 1;

-- Every function is immutable, strict and parallel safe, except these.
SELECT DISTINCT p.oid::regprocedure::text AS exception, provolatile, proparallel, proisstrict
FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND deptype = 'e'
WHERE refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ces') AND refclassid = 'pg_extension'::regclass
  AND (provolatile <> 'i' OR proparallel <> 's' OR (NOT proisstrict AND prokind = 'f'))
ORDER BY 1;

-- The names of functions that only PostgreSQL calls begin with an underscore, and no others do: \df ces* shows
-- what a user calls. Both call these.
CREATE TEMPORARY VIEW support AS
SELECT DISTINCT called AS oid
FROM (SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend]::oid[]) FROM pg_type WHERE typname IN ('ces_scale', 'ces_tally', 'ces_drivers')
  UNION ALL SELECT oprcode FROM pg_operator
  UNION ALL SELECT amproc FROM pg_amproc
  UNION ALL SELECT castfunc FROM pg_cast
  UNION ALL SELECT unnest(ARRAY[aggtransfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn, aggminvtransfn, aggfinalfn, aggmfinalfn]::oid[]) FROM pg_aggregate) c (called);
SELECT p.oid::regprocedure::text AS called_by_both
FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND deptype = 'e'
WHERE refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ces') AND refclassid = 'pg_extension'::regclass
  AND (p.proname LIKE '\_ces\_%') <> EXISTS (SELECT FROM support s WHERE s.oid = p.oid)
ORDER BY 1;
DROP VIEW support;

-- Every aggregate has a combine function and an inverse, except ces_switches, whose result depends on the order of the rows.
SELECT count(*) AS aggregates,
       count(*) FILTER (WHERE aggcombinefn <> 0) AS combine,
       count(*) FILTER (WHERE aggminvtransfn <> 0) AS inverse,
       count(*) FILTER (WHERE aggtranstype = 'ces_tally'::regtype AND aggmtranstype = 'ces_tally'::regtype) AS on_tallies,
       count(*) FILTER (WHERE aggtranstype = 'internal'::regtype AND aggserialfn <> 0 AND aggdeserialfn <> 0) AS serialized,
       count(*) FILTER (WHERE agginitval = aggminitval) AS same_start
FROM pg_aggregate a JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = a.aggfnoid AND deptype = 'e'
WHERE refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ces') AND refclassid = 'pg_extension'::regclass;

-- PostgreSQL's own checks of operator classes.
SELECT c.opcname, am.amname, amvalidate(c.oid) AS valid
FROM pg_opclass c JOIN pg_am am ON am.oid = c.opcmethod
WHERE c.opcname LIKE 'ces%' ORDER BY 1, 2;

-- Moved to another schema, and used from there.
CREATE SCHEMA elsewhere;
ALTER EXTENSION ces SET SCHEMA elsewhere;
SELECT elsewhere.ces_mean(x), elsewhere.ces_topbox(x, '1..7 top 4') FROM unnest(ARRAY[4,5,4,3,3]) x;
SET search_path = elsewhere, public;
SELECT ces_mean(x) FROM unnest(ARRAY[4,5,4,3,3]) x WHERE x <@ '1..7';
RESET search_path;
ALTER EXTENSION ces SET SCHEMA public;
DROP SCHEMA elsewhere;

-- Removed without a trace, and created again; also by those for whom a backslash in a string is an escape.
DROP EXTENSION ces;
SELECT count(*) FROM pg_proc WHERE proname ~ '^(_?ces|nps|csat)';
SELECT count(*) FROM pg_type WHERE typname LIKE '%ces\_%';
SET standard_conforming_strings = off;
CREATE EXTENSION ces SCHEMA public;
RESET standard_conforming_strings;
