\o /dev/null
SELECT query FROM call \gexec
SELECT fail(statement) FROM failure, generate_series(1, 100);
SELECT relabel();
SELECT current_setting('data_directory') || '/sample' AS file \gset
COPY sample TO :'file' (FORMAT binary);
COPY received FROM :'file' (FORMAT binary) WHERE false;
\o
SELECT sum(used_bytes)::int / 1024, substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\s*(\d+)') FROM pg_backend_memory_contexts;
