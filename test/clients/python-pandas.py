# pandas; see run
import pandas
from sqlalchemy import create_engine, text

engine = create_engine("postgresql://")

# shown in doc/clients.md
data = pandas.read_sql("""SELECT nps(recommend), nps_ci(ces_tally(recommend, 'nps')) AS ci,
                                 ces_tally(effort_score, '1..7') AS tally FROM responses""", engine)
chat = pandas.read_sql(text("""SELECT ces_topbox(effort_score, :scale) AS topbox,
                                      ces_box(:score, :scale) AS box
                               FROM responses WHERE channel = :channel"""), engine,
                       params={"scale": "1..7 top 6", "score": 6, "channel": "chat"})
rows = data[["tally"]].assign(made_by="pandas")
rows.to_sql("tallies", engine, if_exists="append", index=False)
# until here

rows.to_sql("made_by_pandas", engine, index=False)
kept = pandas.read_sql("SELECT pg_typeof(tally)::text AS type FROM made_by_pandas", engine)
faces = pandas.read_sql(text("SELECT ces_score(:face, 'faces3') AS face"), engine,
                        params={"face": "🙂"})
casts = pandas.read_sql(text("SELECT nps(:score), ces_mean(CAST(:tally AS ces_tally)) AS mean"),
                        engine, params={"score": 9, "tally": data.tally[0]})
# A column of whole numbers with a gap is a column of floats.
pandas.DataFrame({"score": [4, None, 7]}).to_sql("floats", engine, index=False)
floats = pandas.read_sql("SELECT ces_mean(score) AS mean FROM floats", engine)

nps, ci, tally = data.nps[0], data.ci[0], data.tally[0]
for line in [
        ("version", pandas.__version__),
        ("types", data.nps.dtype, type(ci).__name__, type(tally).__name__),
        ("nps", nps), ("lower", ci.lower), ("upper", ci.upper),
        ("topbox", chat.topbox[0]), ("box", chat.box[0]), ("tally", tally), ("face", faces.face[0]),
        ("floats", floats["mean"][0]),
        ("score", casts.nps[0]), ("mean", casts["mean"][0]),
        ("wrote", "pandas"),
        ("says", kept.type[0])]:
    print(*line, sep="\t")
