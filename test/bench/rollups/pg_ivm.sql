-- It has no aggregate that keeps every answer: counts and sums, enough for means.
CREATE EXTENSION pg_ivm;
SELECT pgivm.create_immv('daily', $$
  SELECT answered_at::date AS day, channel, agent,
         count(effort) AS efforts, sum(effort) AS effort, count(recommend) AS recommends, sum(recommend) AS recommend,
         count(satisfaction) AS satisfactions, sum(satisfaction) AS satisfaction, count(*) AS responses
  FROM responses GROUP BY 1, 2, 3 $$) \g /dev/null
