{# A setting. Those that differ go to your own dbt_project.yml, directly under vars and with ces_ before
   their names, so that your models see them, too.

   answers      the model, seed or snapshot that has the answers
   answered_at  a timestamptz needs its zone: answered_at at time zone 'Europe/Amsterdam'
   loaded_at    when the row was loaded or last changed. If you have no such column, null: then
                each run counts all answers.
   keys         the columns by which reports group and filter
   signal_keys  those of them by which weeks are watched: channel, if it is among them
   effort, recommend, satisfaction
                the columns with the scores. A question that you don't ask has none: null.
   today        the week of this day is not over #}
{% macro ces_setting(name) %}
    {%- set keys = var('ces_keys', ['channel', 'agent']) -%}
    {%- set defaults = {
        'answers': 'responses',
        'answered_at': 'answered_at',
        'loaded_at': 'loaded_at',
        'keys': keys,
        'signal_keys': ['channel'] if 'channel' in keys else [],
        'effort': 'effort_score',
        'effort_scale': '1..7',
        'recommend': 'recommend',
        'recommend_scale': 'nps',
        'satisfaction': 'satisfaction',
        'satisfaction_scale': 'csat',
        'today': 'current_date',
    } -%}
    {{ return(var('ces_' ~ name, defaults[name])) }}
{% endmacro %}

{# The questions that are asked: name, column, scale, and the metric that is watched. #}
{% macro ces_questions() %}
    {%- set questions = [] -%}
    {%- for name, metric in [('effort', 'ces_topbox'), ('recommend', 'nps'), ('satisfaction', 'csat')] -%}
        {%- if ces.ces_setting(name) -%}
            {%- do questions.append({'name': name, 'column': ces.ces_setting(name),
                                     'scale': ces.ces_setting(name ~ '_scale'), 'metric': metric}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(questions) }}
{% endmacro %}
