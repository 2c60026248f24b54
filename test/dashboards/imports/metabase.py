"""The Metabase collection. A snippet is replaced by its text. [[...]] is left out if a variable in it
has no value. Other variables become parameters: a text is a varchar, a date a date.
"""
import glob
import itertools
import json
import os
import re

import jsonschema
import yaml

from common import (CHANNEL, METRICS, TODAY, WEEKS_FROM, asked, chart, from_rollup, funnel, histogram, ok, psql, quoted, same,
                    signals, skip)

FOLDER = "dashboards/metabase"
TAG = r"\{\{(.*?)\}\}"
TYPES = {"text": "varchar", "date": "date"}


def run(card, snippets, values):
    """The result of a card, and its query with the values in place of the parameters."""
    stage = card["dataset_query"]["stages"][0]
    tags = {tag["name"]: tag for tag in stage["template-tags"]}
    types, given = [], []

    def value_of(match):
        tag = tags[match[1]]
        if tag["type"] == "snippet":
            return snippets[tag["snippet-name"]]
        types.append(TYPES[tag["type"]])
        given.append(quoted(values.get(match[1], tag.get("default"))))
        return f"${len(given)}"

    def optional(match):
        return match[1] if all(name in values for name in re.findall(TAG, match[1])) else ""

    sql = re.sub(TAG, value_of, re.sub(r"\[\[(.*?)\]\]", optional, stage["native"])).replace("current_date", TODAY)
    literal = re.sub(r"\$(\d+)", lambda match: f"{given[int(match[1]) - 1]}::{types[int(match[1]) - 1]}", sql)
    prepare = f"PREPARE card ({', '.join(types)}) AS {sql}; EXECUTE card ({', '.join(given)})"
    rows = asked(prepare.replace("card ()", "card"))
    psql("DEALLOCATE card")
    return rows, literal


def read(name):
    with open(name, encoding="utf-8") as file:
        return yaml.safe_load(file)


def errors(folder, entity):
    """By the schema of its model: a collection's is collection.yaml."""
    model = {"NativeQuerySnippet": "snippet"}.get(entity["serdes/meta"][-1]["model"], entity["serdes/meta"][-1]["model"])
    uri = f"file://{os.path.abspath(folder)}/{model.lower()}.yaml"
    schema = read(uri[len("file://"):])
    resolver = jsonschema.RefResolver(uri, schema, handlers={"file": lambda uri: read(uri[len("file://"):])})
    validator = jsonschema.Draft202012Validator(schema, resolver=resolver, format_checker=jsonschema.FormatChecker())
    return [f"{list(error.absolute_path)}: {error.message[:300]}" for error in validator.iter_errors(entity)]


def lightness(colour):
    """L* of CIELAB, 0 to 100, which everybody sees alike."""
    red, green, blue = (((part + 0.055) / 1.055) ** 2.4 if part > 0.04045 else part / 12.92
                        for part in (int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)))
    return 116 * (0.2126 * red + 0.7152 * green + 0.0722 * blue) ** (1 / 3) - 16


def test():
    files = glob.glob(f"{FOLDER}/collections/**/*.yaml", recursive=True)
    entities = {}
    for name in files:
        entity = read(name)
        entities.setdefault(entity["serdes/meta"][-1]["model"], {})[entity["entity_id"]] = entity
    if "METABASE_SCHEMAS" in os.environ:
        for entity in (entity for kind in entities.values() for entity in kind.values()):
            found = errors(os.environ["METABASE_SCHEMAS"], entity)
            ok(not found, f"Metabase: {entity['name']} is valid by @metabase/representations", *found)
        card = next(iter(entities["Card"].values()))
        bad = json.loads(json.dumps(card))
        bad["dataset_query"]["stages"][0]["template-tags"][0]["type"] = "nonsense"
        ok(errors(os.environ["METABASE_SCHEMAS"], bad) and errors(os.environ["METABASE_SCHEMAS"], {**card, "display": "nonsense"}),
           "Metabase: the schema refuses what is wrong")
    else:
        skip("Metabase: valid by @metabase/representations", "npm packages can't be had")
    cards, snippets, dashboards = entities["Card"], entities["NativeQuerySnippet"], entities["Dashboard"]
    wrong = []
    for card in cards.values():
        stage = card["dataset_query"]["stages"][0]
        tags = {tag["name"]: tag for tag in stage["template-tags"]}
        parameters = {parameter["target"][1][1]: parameter["id"] for parameter in card["parameters"]}
        if (set(re.findall(TAG, stage["native"])) != set(tags)
                or parameters != {name: tag["id"] for name, tag in tags.items() if tag["type"] != "snippet"}
                or not {tag["snippet-id"] for tag in tags.values() if tag["type"] == "snippet"} <= set(snippets)
                or card["collection_id"] not in entities["Collection"]):
            wrong.append(card["name"])
    for dashboard in dashboards.values():
        known = {parameter["id"] for parameter in dashboard["parameters"]}
        for place in dashboard["dashcards"]:
            tags = {tag["name"] for tag in cards[place["card_id"]]["dataset_query"]["stages"][0]["template-tags"]}
            wrong += [mapping for mapping in place["parameter_mappings"]
                      if mapping["card_id"] != place["card_id"] or mapping["parameter_id"] not in known
                      or mapping["target"][1][1] not in tags]
    shown = [place["card_id"] for dashboard in dashboards.values() for place in dashboard["dashcards"]]
    ok(not wrong and sorted(shown) == sorted(cards), "Metabase: what refers to another refers to something", *wrong)

    snippets = {snippet["name"]: snippet["content"] for snippet in snippets.values()}
    by_name = {card["name"]: card for card in cards.values()}

    for label, values, where, whole_weeks in [
            ("no filter", {}, "true", f"answered_at >= '{WEEKS_FROM}'"),
            ("until Sunday 16 August", {"until": "2026-08-16"}, "answered_at < '2026-08-17'",
             "answered_at >= '2026-02-16' AND answered_at < '2026-08-03'"),
            ("since January", {"from": "2026-01-12"}, "answered_at >= '2026-01-12'", "answered_at >= '2026-01-12'"),
            ("chat in spring", {"channel": "chat", "from": "2026-02-04", "until": "2026-03-20"},
             "channel = 'chat' AND answered_at >= '2026-02-04' AND answered_at < '2026-03-21'",
             "channel = 'chat' AND answered_at >= '2026-02-02' AND answered_at < '2026-03-16'"),
            (CHANNEL, {"channel": CHANNEL}, f"channel = {quoted(CHANNEL)}",
             f"channel = {quoted(CHANNEL)} AND answered_at >= '{WEEKS_FROM}'")]:

        def result_of(name, values=values, label=label):
            got, literal = run(by_name[name], snippets, values)
            if label != CHANNEL:
                from_rollup(literal, f"Metabase: {name}, {label}")
            return got

        same(result_of("By channel"), psql(f"""
            SELECT channel, count(effort_score), ces_topbox(effort_score), count(recommend), nps(recommend),
                   count(satisfaction), csat(satisfaction)
            FROM responses WHERE {where} GROUP BY channel ORDER BY channel"""), f"Metabase: By channel, {label}: equals psql")
        for metric in METRICS:
            same(result_of(f"{metric} by week"), chart(metric, whole_weeks),
                 f"Metabase: {metric} by week, {label}: equals psql")
        got, expected = result_of("What needs a look"), signals(whole_weeks, digits=1)
        ok(got == expected and (values or expected), f"Metabase: What needs a look, {label}: equals psql", got, expected)
        same(sorted(result_of("Who stands out")), sorted(funnel(where, digits=1)),
             f"Metabase: Who stands out, {label}: equals psql")
        same([(channel, score, f"{float(percent):.9f}") for channel, score, percent in
              result_of("Effort: percent of the answers by score")],
             [(channel, score, f"{float(percent):.9f}") for channel, score, percent in histogram(where, "channel")],
             f"Metabase: Effort, {label}: equals counting by hand")
    scores, _ = run(by_name["Effort: percent of the answers by score"], snippets, {"scale": "0..10", "channel": "chat"})
    ok([row[1] for row in scores] == [str(score) for score in range(11)], "Metabase: the scale is a variable", *scores)
    colours = by_name["Effort: percent of the answers by score"]["visualization_settings"].get("series_settings", {})
    steps = [lightness(colours[row[1]]["color"]) for row in scores if row[1] in colours]
    ok(len(steps) == 11 and all(lighter - darker > 5 for darker, lighter in itertools.pairwise(steps)),
       "Metabase: Effort: each score is lighter than the one below", steps)
