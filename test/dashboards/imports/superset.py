"""The Superset bundle. Superset reads a zip whose files lie in one folder: metadata.yaml, databases/,
datasets/. A field that it doesn't know is an error. Those below are the fields that the files use,
as superset/datasets/schemas.py and superset/databases/schemas.py have them.
"""
import re
import subprocess
import tempfile
import uuid
import zipfile

import jsonschema
import yaml

from common import AGENT, CHANNEL, METRICS, TODAY, WEEKS_FROM, asked, columns, from_rollup, funnel, ok, psql, same, weeks

UUID = {"type": "string", "format": "uuid"}
TEXT, FLAG = {"type": "string"}, {"type": "boolean"}
TEXT_OR_NULL = {"type": ["string", "null"]}


def fields(required, **optional):
    return {"type": "object", "properties": {**required, **optional}, "required": list(required),
            "additionalProperties": False}


SCHEMAS = {
    "metadata.yaml": fields({"version": {"const": "1.0.0"}}, type={"const": "SqlaTable"}, timestamp=TEXT),
    "databases": fields({"database_name": TEXT, "sqlalchemy_uri": TEXT, "uuid": UUID, "version": TEXT},
                        cache_timeout={"type": ["integer", "null"]}, expose_in_sqllab=FLAG, allow_run_async=FLAG,
                        allow_ctas=FLAG, allow_cvas=FLAG, extra={"type": "object"}),
    "datasets": fields(
        {"table_name": TEXT, "uuid": UUID, "database_uuid": UUID, "version": TEXT},
        description=TEXT_OR_NULL, main_dttm_col=TEXT_OR_NULL, schema=TEXT_OR_NULL, sql=TEXT_OR_NULL,
        columns={"type": "array", "items": fields({"column_name": TEXT}, type=TEXT_OR_NULL, is_dttm=FLAG, groupby=FLAG,
                                                  filterable=FLAG)},
        metrics={"type": "array", "items": fields({"metric_name": TEXT, "expression": TEXT}, verbose_name=TEXT_OR_NULL,
                                                  description=TEXT_OR_NULL, d3format=TEXT_OR_NULL)}),
}
FORMATS = jsonschema.FormatChecker()
FORMATS.checks("uuid", raises=ValueError)(lambda value: str(uuid.UUID(value)) == value)


def errors(name, value):
    validator = jsonschema.Draft7Validator(SCHEMAS[name.split("/")[0]], format_checker=FORMATS)
    return [f"{list(error.absolute_path)}: {error.message[:300]}" for error in validator.iter_errors(value)]


def query_of(dataset, expression, by=(), where="true"):
    """What Superset sends for a metric. by are the columns, the time as (column, grain)."""
    groups = [f"DATE_TRUNC('{column[1]}', {column[0]})" if isinstance(column, tuple) else column for column in by]
    selected = [f"{group} AS by_{i}" for i, group in enumerate(groups)] + [f"{expression} AS metric_value"]
    return (f"SELECT {', '.join(selected)} FROM ({dataset['sql']}) AS virtual_table WHERE {where}"
            + (f" GROUP BY {', '.join(groups)}" if groups else "") + " LIMIT 10000")


def test():
    with open("doc/dashboards.md", encoding="utf-8") as file:
        command = re.search("^cd dashboards && .*superset.zip.*$", file.read(), re.MULTILINE)[0]
    with tempfile.TemporaryDirectory() as work:
        subprocess.run(command.replace("/tmp/", f"{work}/"), shell=True, check=True)
        with zipfile.ZipFile(f"{work}/superset.zip") as archive:
            files = {name.split("/", 1)[1]: yaml.safe_load(archive.read(name))
                     for name in archive.namelist() if name.endswith(".yaml")}
    for name, value in sorted(files.items()):
        found = errors(name, value)
        ok(not found, f"Superset: {name} has the fields that an import reads", *found)
    datasets = {value["table_name"]: value for name, value in files.items() if name.startswith("datasets/")}
    databases = [value["uuid"] for name, value in files.items() if name.startswith("databases/")]
    ok("metadata.yaml" in files and set(datasets) == {"ces_answers", "ces_weeks", "ces_agents"}
       and [dataset["database_uuid"] for dataset in datasets.values()] == databases * 3
       and len({dataset["uuid"] for dataset in datasets.values()}) == 3, "Superset: the bundle is complete", *files)
    ok(all(errors("datasets/x", {**dataset, "uuid": "nonsense"}) and errors("datasets/x", {**dataset, "nonsense": 1})
           for dataset in datasets.values()), "Superset: other fields are refused")
    for dataset in datasets.values():
        dataset["sql"] = dataset["sql"].replace("current_date", TODAY)
    source = {re.search("SELECT answered_at.* FROM [^ )]+", dataset["sql"])[0] for dataset in datasets.values()}
    ok(len(source) == 1, "Superset: the table and its columns are the same in all datasets", *source)

    for name, dataset in datasets.items():
        declared = {column["column_name"]: column["type"].lower() for column in dataset["columns"]}
        ok(columns(dataset["sql"]) == declared and dataset["main_dttm_col"] in declared,
           f"Superset: {name}: the columns are those of its query", columns(dataset["sql"]), declared)
        types_of = {metric["metric_name"]: columns(query_of(dataset, metric["expression"]))["metric_value"]
                    for metric in dataset["metrics"]}
        ok(set(types_of.values()) <= {"numeric", "bigint"}, f"Superset: {name}: metrics are numbers", types_of)

    period = ("answered_at >= TO_TIMESTAMP('2026-01-12 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US')"
              " AND answered_at < TO_TIMESTAMP('2026-03-02 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US')")
    plain = {"ces_topbox": "ces_topbox(effort_score)", "ces_mean": "ces_mean(effort_score)", "nps": "nps(recommend)",
             "csat": "csat(satisfaction)", "effort_answers": "count(effort_score)",
             "recommend_answers": "count(recommend)", "satisfaction_answers": "count(satisfaction)",
             "ces_topbox_from": "lower(ces_topbox_ci(ces_tally(effort_score, '1..7')))",
             "ces_topbox_to": "upper(ces_topbox_ci(ces_tally(effort_score, '1..7')))",
             "nps_from": "lower(nps_ci(ces_tally(recommend, 'nps')))",
             "nps_to": "upper(nps_ci(ces_tally(recommend, 'nps')))"}
    for metric in datasets["ces_answers"]["metrics"]:
        name = metric["metric_name"]
        query = query_of(datasets["ces_answers"], metric["expression"], [("answered_at", "week"), "channel"], period)
        same(sorted(asked(query)),
             sorted(psql(f"SELECT date_trunc('week', answered_at), channel, {plain[name]} FROM responses"
                         " WHERE answered_at >= '2026-01-12' AND answered_at < '2026-03-02' GROUP BY 1, 2")),
             f"Superset: metric {name} by week and channel equals psql")
        if not metric["expression"].startswith("count"):
            from_rollup(query, f"Superset: metric {name}")

    metrics = {metric["metric_name"]: metric["expression"] for metric in datasets["ces_weeks"]["metrics"]}
    since = f"answered_at >= '{WEEKS_FROM}'"
    for metric in METRICS:
        for name, column in [("week_value", "value"), ("week_centre", "centre"), ("week_lower", "lower"),
                             ("week_upper", "upper"), ("week_signal", "CASE WHEN signal IS NOT NULL THEN value END")]:
            query = query_of(datasets["ces_weeks"], metrics[name], [("week", "week"), "channel"], f"metric IN ('{metric}')")
            same(sorted((row[0][:10],) + row[1:] for row in asked(query)),
                 sorted(psql(f"SELECT week, channel, {column} FROM ({weeks(metric, since, True)}) AS points")),
                 f"Superset: {name} of {metric} by week and channel equals psql")
    got = asked(query_of(datasets["ces_weeks"], metrics["week_value"], [("week", "month"), "channel"], "metric IN ('NPS')"))
    ok(len(got) > 10 and all(row[2] == "" for row in got if row[0].startswith("2026-02")),
       "Superset: the value of several weeks is NULL, not an average", *got)

    got = asked(f"SELECT quarter, channel, agent, answers, value, expected, lower998, upper998, adjusted, stands_out"
               f" FROM ({datasets['ces_agents']['sql']}) AS virtual_table")
    same(sorted(got), sorted(funnel("true", groups="quarter, channel")), "Superset: agents by quarter and channel equal psql")
    ok(any(row[1] == CHANNEL and row[2] == AGENT for row in got), "Superset: names keep their quotes, accents and emoji")
    for name in ("ces_weeks", "ces_agents"):
        from_rollup(f"SELECT * FROM ({datasets[name]['sql']}) AS virtual_table", f"Superset: {name}")
