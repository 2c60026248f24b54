# psycopg2; see run
import io

import psycopg2

conn = psycopg2.connect("")
conn.autocommit = True
cur = conn.cursor()

# shown in doc/clients.md
cur.execute("SELECT nps(recommend), nps_ci(ces_tally(recommend, 'nps')) FROM responses")
nps, ci = cur.fetchone()
cur.execute("SELECT ces_topbox(effort_score, %s) FROM responses WHERE channel = %s",
            ["1..7 top 6", "chat"])
[topbox] = cur.fetchone()
cur.execute("SELECT ces_box(%s, %s)", [6, "1..7"])
[box] = cur.fetchone()
cur.execute("SELECT ces_tally(effort_score, '1..7') FROM responses")
[tally] = cur.fetchone()
cur.execute("INSERT INTO tallies VALUES ('psycopg2', %s)", [tally])
# until here


def value(query, parameters=()):
    cur.execute(query, parameters)
    return cur.fetchone()[0]


def message(query, parameters):
    try:
        return value(query, parameters)
    except psycopg2.Error as error:
        return error.diag.message_primary


cur.execute("PREPARE topbox AS"
            " SELECT ces_topbox(effort_score, $1) FROM responses WHERE channel = $2")
prepared = value("EXECUTE topbox(%s, %s)", ["1..7 top 6", "chat"])
copied = io.BytesIO()
cur.copy_expert("COPY (SELECT 'psycopg2 binary', ces_tally(effort_score, '1..7') FROM responses)"
                " TO STDOUT (FORMAT binary)", copied)
copied.seek(0)
cur.copy_expert("COPY tallies FROM STDIN (FORMAT binary)", copied)

for line in [
        ("version", psycopg2.__version__),
        ("types", type(nps).__name__, type(ci).__name__, type(tally).__name__),
        ("nps", nps), ("lower", ci.lower), ("upper", ci.upper),
        ("topbox", topbox), ("topbox", prepared), ("box", box), ("tally", tally),
        ("face", value("SELECT ces_score(%s, %s)", ["🙂", "faces3"])),
        ("score", value("SELECT nps(%s::int)", [9])),
        ("missing", value("SELECT coalesce(nps(%s::int), 0)", [None])),
        ("mean", value("SELECT ces_mean(%s::ces_tally)", [tally])),
        ("wrote", "psycopg2"), ("wrote", "psycopg2 binary"),
        ("says", message("INSERT INTO tallies VALUES ('psycopg2', %s)", [b"1"])),
        ("says", message("SELECT nps(%s)", [None])),
        ("says", message("SELECT ces_mean(%s)", [tally]))]:
    print(*line, sep="\t")
