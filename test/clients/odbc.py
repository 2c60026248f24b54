# ODBC, with pyodbc; see run
import os

import pyodbc


def connect(options=""):
    return pyodbc.connect("DRIVER=PostgreSQL Unicode;SERVER={PGHOST};PORT={PGPORT};UID={PGUSER};"
                          "DATABASE={PGDATABASE};".format(**os.environ) + options, autocommit=True)


conn = connect()

# shown in doc/clients.md
nps, ci = conn.execute("""SELECT nps(recommend), nps_ci(ces_tally(recommend, 'nps'))
                          FROM responses""").fetchone()
[topbox] = conn.execute("SELECT ces_topbox(effort_score, ?) FROM responses WHERE channel = ?",
                        "1..7 top 6", "chat").fetchone()
[box] = conn.execute("SELECT ces_box(?, ?)", 6, "1..7").fetchone()
[tally] = conn.execute("SELECT ces_tally(effort_score, '1..7') FROM responses").fetchone()
conn.execute("INSERT INTO tallies VALUES ('ODBC', ?)", tally)
# until here


def message(query, *parameters, connection=conn):
    try:
        return connection.execute(query, *parameters).fetchone()[0]
    except pyodbc.Error as error:
        return error.args[1].split("ERROR: ")[1].split(";")[0].split("\n")[0]


client_side = connect("UseServerSidePrepare=0;BoolsAsChar=0")
client_side.execute("INSERT INTO tallies VALUES ('ODBC without prepared statements', ?)", tally)

for line in [
        ("version", conn.getinfo(pyodbc.SQL_DRIVER_NAME), conn.getinfo(pyodbc.SQL_DRIVER_VER)),
        ("types", type(nps).__name__, type(ci).__name__, type(tally).__name__),
        ("nps", nps), ("interval", ci),
        ("topbox", topbox), ("box", box), ("tally", tally),
        ("face", conn.execute("SELECT ces_score(?, ?)", "🙂", "faces3").fetchone()[0]),
        ("score", conn.execute("SELECT nps(?::int)", 9).fetchone()[0]),
        ("mean", conn.execute("SELECT ces_mean(?::ces_tally)", tally).fetchone()[0]),
        ("wrote", "ODBC"), ("wrote", "ODBC without prepared statements"),
        ("says", message("INSERT INTO tallies VALUES ('ODBC', ?)", tally.encode())),
        ("says", message("SELECT ? <@ ?", 6, "1..7")),
        ("says", message("SELECT ces_mean(?)", tally)),
        ("says", repr(message("SELECT ?::int <@ ?", 6, "1..7"))),
        ("says", repr(message("SELECT ? <@ ?", 6, "1..7", connection=client_side)))]:
    print(*line, sep="\t")
