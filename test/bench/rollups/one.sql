\set day random(0, :days)
\set second random(0, 86399)
\set channel random(1, 4)
\set agent random(0, 124)
\set effort random(1, 7)
\set recommend random(0, 10)
\set satisfaction random(1, 5)
INSERT INTO responses VALUES (timestamp '2026-04-10' - :day * interval '1 day' + :second * interval '1 second', (ARRAY['phone', 'chat', 'email', 'web'])[:channel], 'agent ' || :agent, :effort, :recommend, :satisfaction);
