"""The Grafana dashboard. In the browser, variables are replaced: a list by quoted values, :raw by the
text as it is, else quotes are doubled. Then the data source expands macros, $__name(arguments).
"""
import copy
import json
import os
import re

import jsonschema

from common import CHANNEL, asked, chart, columns, from_rollup, funnel, histogram, ok, psql, quoted, same, signals, skip

# A quarter until Sunday evening, as its picker of dates ends a day, and the middle of weeks.
PERIOD = ("2026-01-05T00:00:00Z", "2026-04-05T23:59:59Z")
IN_PERIOD = "answered_at BETWEEN '2026-01-05' AND '2026-04-05 23:59:59'"
WHOLE_WEEKS = "answered_at < '2026-04-06'"
NAME = "coalesce(channel, 'no channel')"
MIDDLE = ("2026-01-15T10:00:00Z", "2026-03-18T09:30:00.5Z")


def grafana_variables(sql, values):
    def value_of(match):
        name = match[1] or match[3]
        if name not in values:
            return match[0]
        value = values[name]
        if match[2] == "raw":
            return value
        assert match[2] is None, match[0]
        return ",".join(map(quoted, value)) if isinstance(value, list) else value.replace("'", "''")
    return re.sub(r"\$\{(\w+)(?::(\w+))?\}|\$(\w+)", value_of, sql)


def grafana_macros(sql, period):
    def macro(match):
        name, arguments = match[1], [argument.strip(" ") for argument in match[2].split(",")]
        return {"__timeFilter": f"{arguments[0]} BETWEEN '{period[0]}' AND '{period[1]}'",
                "__timeFrom": f"'{period[0]}'", "__timeTo": f"'{period[1]}'"}[name]
    return re.sub(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)", macro, sql)


def named_channels(rows, place):
    """The rows of a table, sorted, where the channel in that place has a name."""
    return sorted(row[:place] + (row[place] or "no channel",) + row[place + 1:] for row in rows)


def test():
    with open("dashboards/grafana/ces.json", encoding="utf-8") as file:
        dashboard = json.load(file)
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]

    if "GRAFANA_SCHEMA" in os.environ:
        with open(os.environ["GRAFANA_SCHEMA"], encoding="utf-8") as file:
            schema = json.load(file)
        types = schema["definitions"]["Schemas"]["properties"]

        def errors(kind, value):
            validator = jsonschema.Draft7Validator({**kind, "definitions": schema["definitions"]})
            return [f"{list(error.absolute_path)}: {error.message[:300]}" for error in validator.iter_errors(value)]

        def of_panel(panel):
            custom = panel["fieldConfig"]["defaults"].get("custom")
            return (errors(types["options"]["properties"][panel["type"]], panel["options"])
                    + (errors(types["custom"]["properties"][panel["type"]], custom) if custom else []))

        found = errors(types["dashboard"], dashboard)
        ok(not found, "Grafana: the dashboard is valid by @grafana/schema", *found)
        for panel in panels:
            found = of_panel(panel)
            ok(not found, f"Grafana: panel {panel['title']} is valid by @grafana/schema", *found)
        bad = copy.deepcopy(dashboard)
        bad["panels"][0]["fieldConfig"]["defaults"]["color"]["mode"] = "nonsense"
        bad_panels = [{**panel, "options": {**panel["options"], "nonsense": 1}} for panel in panels]
        ok(errors(types["dashboard"], bad) and all(map(of_panel, bad_panels)), "Grafana: the schema refuses what is wrong")
    else:
        skip("Grafana: valid by @grafana/schema", "npm packages can't be had")

    variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    values = {name: variable["query"] for name, variable in variables.items() if variable["type"] == "constant"}
    def options():
        return [row[0] for row in psql(grafana_variables(variables["channel"]["query"], values))]

    all_channels = options()
    same(all_channels, [row[0] for row in psql(f"SELECT {NAME} FROM responses GROUP BY 1 ORDER BY 1")],
         "Grafana: the channels to choose from")

    def query_of(panel, channels, period=PERIOD):
        return grafana_macros(grafana_variables(panel["targets"][0]["rawSql"], {**values, "channel": channels}), period)

    for panel in panels:
        target = panel["targets"][0]
        types_of = columns(query_of(panel, all_channels))
        values_of = {name: kind for name, kind in types_of.items() if name not in ("time", "metric")}
        if target["format"] == "time_series":
            ok(types_of.get("time", "").startswith("timestamp") and values_of
               and set(values_of.values()) <= {"numeric", "bigint", "double precision"},
               f"Grafana: {panel['title']}: a time and numbers", types_of)
        named = {override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"]}
        ok(named <= set(values_of), f"Grafana: {panel['title']}: what is styled is in the result", named, types_of)
        ok(len(panel["targets"]) == 1 and panel["datasource"] == target["datasource"]
           and panel["datasource"]["uid"] == "${datasource}", f"Grafana: {panel['title']}: asks the database chosen")

    by_title = {panel["title"].split(",")[0]: panel for panel in panels}
    heatmap = by_title["Effort: percent of the week's answers by score"]
    for channels in [["chat"], [CHANNEL], ["no channel"], all_channels]:
        where = "true" if channels == all_channels else f"{NAME} IN ({', '.join(map(quoted, channels))})"
        label = ", ".join(channels) if len(channels) < 3 else "all channels"
        same(asked(query_of(by_title["In this period"], channels)),
             psql(f"SELECT ces_topbox(effort_score), nps(recommend), csat(satisfaction) FROM responses"
                  f" WHERE {IN_PERIOD} AND {where}"), f"Grafana: In this period, {label}: equals psql")
        for title, metric in [("CES: found it easy (%)", "CES"), ("NPS", "NPS"), ("CSAT: satisfied (%)", "CSAT")]:
            expected = chart(metric, f"{WHOLE_WEEKS} AND {where}")
            got = [(row[0][:10],) + row[1:] for row in asked(query_of(by_title[title], channels))]
            same(got, expected, f"Grafana: {title}, {label}: value, limits and signals of each week equal psql")
            if channels == ["chat"] and metric != "CSAT":
                bad = next(row for row in got if row[0] == "2026-02-16")
                ok(float(bad[1]) < float(bad[3]) and bad[5] == bad[1],
                   f"Grafana: {title}: the week when the chatbot failed is below its limits", bad)
        found = named_channels(signals(f"{WHOLE_WEEKS} AND {where}"), 1)
        got = asked(query_of(by_title["What needs a look"], channels))
        newest_first = sorted((row[0] for row in got), reverse=True)
        ok([row[0] for row in got] == newest_first and sorted(got) == found and ("chat" not in channels or len(found) > 1),
           f"Grafana: What needs a look, {label}: equals psql", got, found)
        same(sorted(asked(query_of(by_title["Who stands out"], channels))), named_channels(funnel(f"{IN_PERIOD} AND {where}"), 0),
             f"Grafana: Who stands out, {label}: equals psql")
        same(asked(f"""SELECT "time", trim(metric), trim_scale(round(value, 12)) FROM ({query_of(heatmap, channels)}) AS q"""),
             histogram(f"{WHOLE_WEEKS} AND {where}", "date_trunc('week', answered_at)"),
             f"Grafana: heatmap, {label}: equals counting by hand")
    same([(row[0][:10],) + row[1:] for row in asked(query_of(by_title["NPS"], all_channels, MIDDLE))],
         chart("NPS", "answered_at >= '2026-01-12' AND answered_at < '2026-03-16'"),
         "Grafana: NPS: whole weeks if the period begins and ends inside one")
    same(asked(query_of(by_title["In this period"], all_channels, MIDDLE)),
         psql("SELECT ces_topbox(effort_score), nps(recommend), csat(satisfaction) FROM responses"
              " WHERE answered_at BETWEEN '2026-01-15 10:00' AND '2026-03-18 09:30:00.5'"),
         "Grafana: In this period: to the second")
    for panel in panels:
        from_rollup(query_of(panel, all_channels), f"Grafana: {panel['title']}")

    # Grafana sorts the rows of the heatmap by their names, as text.
    own = dict(values)
    for worst, best in [(0, 10), (1, 10), (10, 0), (0, 100), (-3, 3), (-15, -5), (-100, -90)]:
        values["effort_scale"] = f"{worst}..{best}"
        values["answers"] = (f"(SELECT answered_at, channel, {min(worst, best)} + effort_score - 1 AS effort"
                             " FROM responses) AS answers")
        rows = sorted({row[1] for row in psql(query_of(heatmap, all_channels))})
        ok([int(row) for row in rows] == list(range(min(worst, best), max(worst, best) + 1)),
           f"Grafana: heatmap: the rows of {worst}..{best} are in the order of the scores", rows)
    values.update(own)

    # No answers at all.
    values["answers"] = values["answers"].replace("FROM responses", "FROM responses WHERE false")
    for panel in panels:
        got = psql(query_of(panel, options()))
        ok(not any(value for row in got for value in row), f"Grafana: {panel['title']}: empty without answers", got)
    values.update(own)

    # Another table: other names, a timestamptz, an empty text for no channel, and nobody asks for satisfaction.
    psql("""CREATE TABLE tickets AS
            SELECT answered_at AT TIME ZONE 'Europe/Amsterdam' AS at, coalesce(channel, '') AS queue, agent AS who,
                   effort_score AS ease, recommend AS "0 to 10" FROM responses""")
    ours = [query_of(panel, all_channels) for panel in panels]
    values["answers"] = """(SELECT at AT TIME ZONE 'Europe/Amsterdam' AS answered_at, queue AS channel, who AS agent,
        ease AS effort, "0 to 10" AS recommend, NULL::integer AS satisfaction FROM tickets) AS answers"""
    for panel, query in zip(panels, ours):
        expected, got = asked(query), asked(query_of(panel, all_channels))
        if panel["title"] == "In this period":
            expected = [row[:2] + ("",) for row in expected]
        elif panel["title"] == "What needs a look":
            expected = [row for row in expected if row[2] != "CSAT"]
        elif panel["title"].startswith("CSAT"):
            expected = [row[:1] + ("",) * 5 for row in expected]
        same(sorted(got), sorted(expected), f"Grafana: {panel['title']}: the same from another table")
