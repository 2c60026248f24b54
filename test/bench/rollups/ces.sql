CREATE EXTENSION ces;
\ir create.sql
SELECT ces_fold_rollup('daily') \g /dev/null
