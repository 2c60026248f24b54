"""What the tests of the import files share: TAP, psql, the sample data, and what is expected of it."""
import csv
import itertools
import os
import subprocess
import tempfile

os.environ["PGOPTIONS"] = "-c jit=off -c ces.enable_rollups=off"
END = "end of the result"
session = None
count = 0
failed = False


def ok(passed, name, *notes):
    global count, failed
    count += 1
    print(f"{'ok' if passed else 'not ok'} {count} - {name}", flush=True)
    if not passed:
        failed = True
        for note in notes:
            print("\n".join("# " + line for line in str(note).splitlines()))


def skip(name, reason):
    global count
    count += 1
    print(f"ok {count} - {name} # SKIP {reason}")


def same(got, expected, name):
    """Equal, and there is something to be equal."""
    differing = [pair for pair in itertools.zip_longest(got, expected) if pair[0] != pair[1]]
    ok(bool(expected) and not differing, name, f"{len(got)} rows, {len(expected)} expected; the first that differ:",
       *differing[:3])


class Session:
    """A psql that stays, as starting one for each query takes longer than most queries."""

    def __init__(self):
        self.messages = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(["psql", "-XqAt", "--csv", "-v", "ON_ERROR_STOP=1"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.messages, text=True)


def psql(script):
    """The rows of a script, as text."""
    global session
    session = session or Session()
    session.process.stdin.write(f"{script}\n;\n\\echo {END}\n")
    session.process.stdin.flush()
    lines = []
    while True:
        line = session.process.stdout.readline()
        if line == f"{END}\n":
            return [tuple(row) for row in csv.reader(lines)]
        if line == "":  # an error has ended it
            session.messages.seek(0)
            messages, session = session.messages.read(), None
            raise RuntimeError(f"{messages}\n{script}")
        lines.append(line)


def asked(query):
    """The rows of a tool's query, where the library is loaded and answers it from a rollup if it can."""
    psql("SET ces.enable_rollups = on")
    rows = psql(query)
    psql("SET ces.enable_rollups = off")
    return rows


def columns(query):
    """The names and types of its columns."""
    return dict(psql(query + " \\gdesc"))


# The sample data, somebody whose names have quotes, an accent and an emoji, and answers without a channel or an agent.

CHANNEL, AGENT = "e-mail – l'été", "Zoë van 't Hoff 🙂"
psql("CREATE EXTENSION ces; LOAD 'ces'")
subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-f", "doc/survey.sql"], check=True, stdout=subprocess.DEVNULL)
psql(r"""
ALTER TABLE responses DROP CONSTRAINT responses_channel_check, ALTER channel DROP NOT NULL, ALTER agent DROP NOT NULL, ADD loaded_at timestamp;
INSERT INTO responses (channel, agent, answered_at, effort_score, recommend, satisfaction)
SELECT $$e-mail – l'été$$, $$Zoë van 't Hoff 🙂$$, timestamp '2026-01-05 12:00' + interval '1 hour' * i,
       1 + i % 7, i % 11, 1 + i % 5
FROM generate_series(1, 2000) AS i;
INSERT INTO responses (agent, answered_at, effort_score, recommend, satisfaction)
SELECT 'Anna', timestamp '2026-01-05 12:30' + interval '1 hour' * i, 1 + i % 3, i % 7, 1 + i % 3
FROM generate_series(1, 2000) AS i;
UPDATE responses SET agent = CASE WHEN effort_score < 7 THEN '' END WHERE channel = 'chat' AND agent = 'Dev N.';
UPDATE responses SET loaded_at = answered_at + interval '1 day';
CREATE INDEX ON responses (answered_at);
CALL ces_create_rollup('daily', $$
    SELECT answered_at::date AS day, channel, agent, ces_tally(effort_score, '1..7') AS effort,
           ces_tally(recommend, 'nps') AS recommend, ces_tally(satisfaction, 'csat') AS satisfaction,
           count(*) AS responses
    FROM responses GROUP BY day, channel, agent $$);
VACUUM ANALYZE;""")
TODAY, WEEKS_FROM = "date '2026-08-05'", "2026-02-02"  # where a query has the last 26 weeks
METRICS = {"CES": ("ces_topbox", "effort_score", "1..7"), "NPS": ("nps", "recommend", "nps"),
           "CSAT": ("csat", "satisfaction", "csat")}


def quoted(value):
    return "'" + value.replace("'", "''") + "'"


# What is expected, straight from the table.

def weeks(metric, where, channels=False):
    """SQL: each week of those answers with its limits, of all channels together or each by itself."""
    name, score, scale = METRICS[metric]
    channel = "channel" if channels else "NULL AS channel"
    return f"""
        SELECT week, channel, '{metric}' AS metric, ces_count(tally) AS answers,
               (l).value, (l).centre, (l).lower, (l).upper, (l).signal
        FROM (SELECT *, {name}_limits(tally) OVER (PARTITION BY channel ORDER BY week) AS l
              FROM (SELECT {channel}, date_trunc('week', answered_at)::date AS week,
                           ces_tally({score}, '{scale}') AS tally
                    FROM responses WHERE {where} GROUP BY 1, 2) AS weeks) AS points"""


def chart(metric, where):
    """A chart's rows: week, value, centre, lower, upper, and the value again where there is a signal."""
    return psql("SELECT week, value, centre, lower, upper, CASE WHEN signal IS NOT NULL THEN value END"
                f" FROM ({weeks(metric, where)}) AS points ORDER BY week")


def signals(where, digits=None):
    """week, channel, metric, answers, value, lower, upper and signal, where there is one."""
    numbers = ["value", "lower", "upper"]
    numbers = ", ".join(f"round({number}, {digits})" if digits else number for number in numbers)
    return psql(" UNION ALL ".join(f"SELECT week, channel, metric, answers, {numbers}, signal FROM"
                                   f" ({weeks(metric, where, True)}) AS points WHERE signal IS NOT NULL"
                                   for metric in METRICS) + " ORDER BY 1 DESC, 2, 3")


def funnel(where, digits=None, groups="channel"):
    """groups, agent, answers, value, expected, lower998, upper998, adjusted, and who stands out."""
    numbers = ["value", "expected", "lower998", "upper998", "adjusted"]
    numbers = ", ".join(f"round({number}, {digits})" if digits else number for number in numbers)
    return psql(f"""
        SELECT {groups}, agent, answers, {numbers},
               CASE WHEN value < lower998 THEN '▼ below' WHEN value > upper998 THEN '▲ above' END
        FROM (SELECT {groups}, agent, ces_count(tally) AS answers, (ces_topbox_funnel(tally) OVER (PARTITION BY {groups})).*
              FROM (SELECT {groups}, agent, ces_tally(effort_score, '1..7') AS tally
                    FROM (SELECT *, date_trunc('quarter', answered_at)::date AS quarter FROM responses) AS responses
                    WHERE {where} AND agent <> '' GROUP BY {groups}, agent) AS agents) AS funnel
        WHERE answers > 0""")


def histogram(where, by):
    """by, score and its percent, counted without a tally."""
    return psql(f"""
        SELECT by, score,
               trim_scale(round(100.0 * coalesce(sum(n) FILTER (WHERE effort_score = score), 0) / sum(n), 12)) AS percent
        FROM (SELECT {by} AS by, effort_score, count(effort_score) AS n FROM responses WHERE {where} GROUP BY 1, 2) AS counts,
             generate_series(1, 7) AS score
        GROUP BY 1, 2 ORDER BY 1, 2""")


def from_rollup(query, name):
    """Would a session with the library loaded read a rollup for it?"""
    rows = asked(f"SELECT rollup, used, reason FROM ces_rollup_explain($explain${query}$explain$)")
    ok(rows and all(row[1] == "t" for row in rows), f"{name}: answered from a rollup", rows)
