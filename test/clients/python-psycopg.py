# psycopg 3; see run
import psycopg

conn = psycopg.connect(autocommit=True)

# shown in doc/clients.md
nps, ci = conn.execute("""SELECT nps(recommend), nps_ci(ces_tally(recommend, 'nps'))
                          FROM responses""").fetchone()
[topbox] = conn.execute("SELECT ces_topbox(effort_score, %s) FROM responses WHERE channel = %s",
                        ["1..7 top 6", "chat"]).fetchone()
[box] = conn.execute("SELECT ces_box(%s, %s)", [6, "1..7"]).fetchone()
[tally] = conn.execute("SELECT ces_tally(effort_score, '1..7') FROM responses").fetchone()
conn.execute("INSERT INTO tallies VALUES ('psycopg 3', %s)", [tally])
# until here


def message(query, parameters):
    try:
        return conn.execute(query, parameters).fetchone()
    except psycopg.Error as error:
        return error.diag.message_primary


prepared = conn.execute("SELECT ces_topbox(effort_score, %b) FROM responses WHERE channel = %b",
                        ["1..7 top 6", "chat"], prepare=True).fetchone()
with conn.cursor() as reader, psycopg.connect(autocommit=True).cursor() as writer:
    with reader.copy("COPY (SELECT 'psycopg 3 binary', ces_tally(effort_score, '1..7')"
                     " FROM responses) TO STDOUT (FORMAT binary)") as rows:
        with writer.copy("COPY tallies FROM STDIN (FORMAT binary)") as copy:
            for row in rows:
                copy.write(row)
in_binary = conn.cursor(binary=True).execute(
    "SELECT ces_tally(effort_score, '1..7') FROM responses").fetchone()[0]

for line in [
        ("version", psycopg.__version__),
        ("types", type(nps).__name__, type(ci).__name__, type(tally).__name__),
        ("nps", nps), ("lower", ci.lower), ("upper", ci.upper),
        ("topbox", topbox), ("topbox", prepared[0]), ("box", box), ("tally", tally),
        ("face", conn.execute("SELECT ces_score(%s, %s)", ["🙂", "faces3"]).fetchone()[0]),
        ("score", conn.execute("SELECT nps(%s::int)", [9]).fetchone()[0]),
        ("missing", conn.execute("SELECT coalesce(nps(%s::int), 0)", [None]).fetchone()[0]),
        ("mean", conn.execute("SELECT ces_mean(%s::ces_tally)", [tally]).fetchone()[0]),
        ("wrote", "psycopg 3"), ("wrote", "psycopg 3 binary"),
        ("says", message("INSERT INTO tallies VALUES ('psycopg 3', %s)", [in_binary])),
        ("says", message("SELECT nps(%s)", [None])),
        ("says", message("SELECT ces_mean(%s)", [tally]))]:
    print(*line, sep="\t")
