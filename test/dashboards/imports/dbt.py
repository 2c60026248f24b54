"""The dbt package. dbt's language is Jinja with the extension do and its own names. {% test %} is a
macro whose name begins with test_, and return() ends a macro with a value that need not be text. An
incremental model with delete+insert goes to a temporary table, and then replaces the rows that have
the same unique_key. With the on_schema_change fail, other columns than before are an error.
"""
import glob
import json
import os
import re

import jinja2
import jsonschema
import yaml

from common import METRICS, columns, ok, psql, same, skip, weeks

FOLDER = "dashboards/dbt"


class Returned(Exception):
    pass


class ChangedColumns(Exception):
    pass


class Project:
    def __init__(self, answers="public.responses", **variables):
        self.variables = variables
        self.relations = {"responses": answers}
        self.settings, self.incremental = {}, False
        self.environment = jinja2.Environment(extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined)
        self.macros = {}
        self.environment.globals.update(
            {"ref": self.relations.__getitem__, "var": self.variables.get, "config": self.config,
             "is_incremental": lambda: self.incremental, "return": self.leave, "ces": self.macros})
        for name in sorted(glob.glob(f"{FOLDER}/macros/*.sql")):
            with open(name, encoding="utf-8") as file:
                text = re.sub(r"{% test (\w+)", r"{% macro test_\1", file.read()).replace("{% endtest %}", "{% endmacro %}")
            for macro_name, macro in vars(self.environment.from_string(text).module).items():
                if not macro_name.startswith("_"):
                    self.macros[macro_name] = self.returning(macro)

    def config(self, **settings):
        self.settings = settings
        return ""

    @staticmethod
    def leave(value):
        raise Returned(value)

    @staticmethod
    def returning(macro):
        def call(*arguments, **named):
            try:
                return macro(*arguments, **named)
            except Returned as returned:
                return returned.args[0]
        return call

    def compile(self, name):
        with open(f"{FOLDER}/models/{name}.sql", encoding="utf-8") as file:
            return self.environment.from_string(file.read()).render(this=self.relations.get(name))

    def run(self, name):
        """As dbt run does. Returns the query."""
        self.incremental = False
        query, relation = self.compile(name), f"dbt.{name}"
        if self.settings["materialized"] == "view":
            psql(f"DROP VIEW IF EXISTS {relation}; CREATE VIEW {relation} AS {query}")
        elif name not in self.relations or self.settings["materialized"] == "table":
            psql(f"DROP TABLE IF EXISTS {relation} CASCADE; CREATE TABLE {relation} AS {query}")
        else:
            assert (self.settings["materialized"], self.settings["incremental_strategy"]) == ("incremental", "delete+insert")
            self.incremental = True
            query, key = self.compile(name), self.settings["unique_key"]
            if self.settings.get("on_schema_change") == "fail" and columns(query) != columns(f"SELECT * FROM {relation}"):
                raise ChangedColumns
            psql(f"""
                CREATE TEMPORARY TABLE new AS {query};
                BEGIN;
                DELETE FROM {relation} WHERE ({key}) IN (SELECT ({key}) FROM new);
                INSERT INTO {relation} SELECT * FROM new;
                COMMIT;
                DROP TABLE new;""")
        self.relations[name] = relation
        return query


def test_schemas():
    if "DBT_SCHEMAS" not in os.environ:
        skip("dbt: valid by dbt's schemas", "DBT_SCHEMAS is not set")
        return
    for name, schema in [("dbt_project.yml", "dbt_project-latest.json"), ("models/ces.yml", "dbt_yml_files-latest.json")]:
        with open(f"{os.environ['DBT_SCHEMAS']}/{schema}", encoding="utf-8") as file:
            validator = jsonschema.Draft7Validator(json.load(file))
        with open(f"{FOLDER}/{name}", encoding="utf-8") as file:
            value = yaml.safe_load(file)
        found = [f"{list(error.absolute_path)}: {error.message[:300]}" for error in validator.iter_errors(value)]
        ok(not found, f"dbt: {name} is valid by dbt's schema", *found)
        ok(list(validator.iter_errors({**value, "models": 1})), f"dbt: the schema of {name} refuses what is wrong")


def same_days(name, answers="responses"):
    same(psql("SELECT day, channel, agent, effort, recommend, satisfaction, responses FROM dbt.ces_daily ORDER BY 1, 2, 3"),
         psql(f"""SELECT answered_at::date, channel, agent, ces_tally(effort_score, '1..7'), ces_tally(recommend, 'nps'),
                         ces_tally(satisfaction, 'csat'), count(*) FROM {answers} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""),
         f"dbt: ces_daily {name}: the tallies of all days equal psql")


def test():
    test_schemas()
    psql("CREATE SCHEMA dbt")
    project = Project()
    for macro, arguments, plain in [
            ("ces_topbox", ["effort_score"], "ces_topbox(effort_score)"), ("ces_mean", ["effort_score"], "ces_mean(effort_score)"),
            ("ces_nps", ["recommend"], "nps(recommend)"), ("ces_csat", ["satisfaction"], "csat(satisfaction)"),
            ("ces_topbox", ["effort_score", "1..7 top 6"], "ces_topbox(effort_score, '1..7 top 6')")]:
        by_channel = "SELECT channel, {} FROM responses GROUP BY channel ORDER BY channel"
        same(psql(by_channel.format(project.macros[macro](*arguments))), psql(by_channel.format(plain)),
             f"dbt: {macro}({', '.join(arguments)}) equals psql")

    project.run("ces_daily")
    same_days("at first")
    psql("""
        UPDATE responses SET effort_score = 8 - effort_score, loaded_at = '2026-04-10'
        WHERE agent = 'Derek P.' AND answered_at::date = '2026-01-20';
        INSERT INTO responses (channel, agent, answered_at, effort_score, loaded_at)
        VALUES ('web', 'Somebody new', '2026-02-03 09:00', 7, '2026-04-10');""")
    counted = {row[0] for row in psql(f"SELECT DISTINCT day FROM ({project.run('ces_daily')}) AS days")}
    same_days("after late and corrected answers")
    recent = {row[0] for row in psql("SELECT DISTINCT answered_at::date FROM responses WHERE loaded_at > '2026-04-09 21:00'")}
    ok(counted == recent and len(recent) == 2, "dbt: a run counts again only the days with news", counted)
    psql("""
        UPDATE responses SET recommend = 0, loaded_at = '2026-04-09 22:00'
        WHERE answered_at >= '2026-03-03' AND answered_at < '2026-03-04';""")
    project.run("ces_daily")
    same_days("after answers that were being loaded")

    for today, since, failed in [("2026-02-16", "2026-01-05", False), ("2026-02-23", "2026-01-05", True),
                                 ("2026-08-05", "2026-02-02", False)]:
        project.variables["ces_today"] = f"date '{today}'"
        project.run("ces_signals")
        expected = psql(" UNION ALL ".join(
            f"""SELECT week, channel, '{METRICS[metric][0]}', answers, value, centre, lower, upper, signal
                FROM ({weeks(metric, f"answered_at >= '{since}' AND answered_at < '{today}'", True)}) AS points
                WHERE signal IS NOT NULL"""
            for metric in METRICS))
        got, found = psql("SELECT * FROM dbt.ces_signals"), psql(project.macros["test_ces_no_signals"]("dbt.ces_signals"))
        ok(sorted(got) == sorted(expected), f"dbt: ces_signals on {today} equals psql", got, expected)
        ok(bool(found) == failed and sorted(found) == sorted(row for row in expected if failed and row[0] == "2026-02-16"),
           f"dbt: test ces_no_signals on {today} {'fails' if failed else 'passes'}", *found)

    on_scale = project.macros["test_ces_on_scale"]
    ok(psql(on_scale("responses", "recommend", "0..10")) == [], "dbt: test ces_on_scale passes")
    same(sorted(psql(on_scale("(VALUES (99), (7), (NULL), (99), (0)) AS answers (score)", "score", "1..7"))),
         [("0", "1"), ("99", "2")], "dbt: test ces_on_scale finds answers off the scale")

    project.variables["ces_satisfaction"] = None
    try:
        project.run("ces_daily")
        ok(False, "dbt: other questions than before are an error")
    except ChangedColumns:
        ok(True, "dbt: other questions than before are an error")

    # An empty table first; then answers of which nobody knows when they were loaded, and more of them.
    psql("CREATE TABLE fresh AS SELECT * FROM responses LIMIT 0")
    fresh = Project(answers="fresh")
    fresh.run("ces_daily")
    for name, day, loaded_at in [("the first answers", "2026-01-20", "loaded_at"),
                                 ("answers without loaded_at", "2026-01-21", "NULL"), ("more of them", "2026-01-21", "NULL")]:
        psql(f"""
            INSERT INTO fresh (channel, agent, answered_at, effort_score, loaded_at)
            SELECT channel, agent, answered_at, effort_score, {loaded_at} FROM responses
            WHERE answered_at::date = '{day}' ORDER BY answered_at LIMIT 100""")
        fresh.run("ces_daily")
        same_days(f"after {name}", "fresh")
    every_time = Project(answers="fresh", ces_loaded_at=None)
    every_time.run("ces_daily")
    psql("DELETE FROM fresh WHERE answered_at::date = '2026-01-20'")
    every_time.run("ces_daily")
    same_days("without a column loaded_at, after answers were deleted", "fresh")

    agents = Project(ces_keys=["agent"], ces_today="date '2026-02-23'")
    agents.run("ces_daily")
    agents.run("ces_signals")
    same(list(columns("SELECT * FROM dbt.ces_signals"))[:2], ["week", "metric"],
         "dbt: all answers together without the key channel")

    few = Project(ces_satisfaction=None, ces_keys=["channel"], ces_signal_keys=[], ces_today="date '2026-02-23'")
    few.run("ces_daily")
    few.run("ces_signals")
    same(list(columns("SELECT * FROM dbt.ces_daily")), ["day", "channel", "effort", "recommend", "responses", "loaded_at"],
         "dbt: a question that isn't asked is left out")
    same(list(columns("SELECT * FROM dbt.ces_signals"))[:2], ["week", "metric"], "dbt: all channels together")
