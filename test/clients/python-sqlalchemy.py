# SQLAlchemy; see run
import warnings

import sqlalchemy
from sqlalchemy import MetaData, Numeric, Table, create_engine, func, select, text

engine = create_engine("postgresql://", isolation_level="AUTOCOMMIT")
conn = engine.connect()
metadata = MetaData()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    responses = Table("responses", metadata, autoload_with=engine)
    tallies = Table("tallies", metadata, autoload_with=engine)

# shown in doc/clients.md
r = responses.c
nps, ci = conn.execute(select(func.nps(r.recommend),
                              func.nps_ci(func.ces_tally(r.recommend, "nps")))).one()
topbox = conn.scalar(select(func.ces_topbox(r.effort_score, "1..7 top 6"))
                     .where(r.channel == "chat"))
box = conn.scalar(select(func.ces_box(6, "1..7")))
tally = conn.scalar(select(func.ces_tally(r.effort_score, "1..7")))
conn.execute(tallies.insert().values(made_by="SQLAlchemy", tally=tally))
# until here

of_all = func.ces_topbox(r.effort_score, "1..7 top 6")
filtered = conn.scalar(select(of_all.filter(r.channel == "chat")))
window = conn.scalar(select(of_all.over(partition_by=r.channel))
                     .where(r.channel == "chat").limit(1))
histogram = func.ces_histogram(select(func.ces_tally(r.effort_score, "1..7")).scalar_subquery())
rows = conn.execute(select(histogram.table_valued("score", "responses")))
counts = ",".join(str(row.responses) for row in rows)


def message(statement):
    try:
        return conn.scalar(statement)
    except sqlalchemy.exc.DBAPIError as error:
        return error.orig.diag.message_primary


for line in [
        ("version", sqlalchemy.__version__),
        ("types", type(nps).__name__, type(ci).__name__, type(tally).__name__),
        ("nps", nps), ("lower", ci.lower), ("upper", ci.upper),
        ("topbox", topbox), ("topbox", filtered), ("topbox", window),
        ("box", box), ("tally", tally),
        ("face", conn.scalar(select(func.ces_score("🙂", "faces3")))),
        ("nps", conn.scalar(select(func.nps(r.recommend, type_=Numeric) + 0))),
        ("score", conn.scalar(select(func.nps(9)))),
        ("mean", conn.scalar(text("SELECT ces_mean(CAST(:tally AS ces_tally))"), {"tally": tally})),
        ("tally", f"1..7 top 5 bottom 3 {{{counts}}}"),
        ("wrote", "SQLAlchemy"),
        *(("says", warning.message) for warning in caught),
        ("says", type(func.nps(r.recommend).type).__name__),
        ("says", message(select(func.ces_mean(tally))))]:
    print(*line, sep="\t")
