\set day random(0, 99)
INSERT INTO responses SELECT timestamp '2026-04-10' - :day * interval '1 day', (ARRAY['phone', 'chat', 'email', 'web'])[1 + i % 4], 'agent ' || i / 4, 1 + i % 7, i % 11, 1 + i % 5 FROM generate_series(0, 499) i;
