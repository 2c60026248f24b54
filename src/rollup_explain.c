/*-------------------------------------------------------------------------
 *
 * rollup_explain.c
 *	  Why a query is answered from a rollup, or isn't.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "compat.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "nodes/nodeFuncs.h"
#include "parser/parser.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "rollup_definition.h"
#include "rollup_planner.h"
#include "rollup_sql.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* The tables of answers in a query, and whether anything asks for rollups of them */
typedef struct Answers
{
	bool has_aggregate;
	List *tables; /* OIDs */
} Answers;

/* Add a row to the result. */
static void
put_row(FunctionCallInfo fcinfo, Oid rollup, bool used, const char *reason)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum values[3] = {ObjectIdGetDatum(rollup), BoolGetDatum(used)};
	bool nulls[3] = {!OidIsValid(rollup), false, reason == NULL};

	if (reason != NULL)
		values[2] = CStringGetTextDatum(reason);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * The queries to plan
 */

/* The one statement in a text. */
static RawStmt *
parse_statement(const char *query_text)
{
	List *statements = raw_parser(query_text, RAW_PARSE_DEFAULT);

	if (list_length(statements) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 statements == NIL ? errmsg("the query is empty") : errmsg("the query must be one statement"),
				 errhint("Write one SELECT.")));
	return linitial_node(RawStmt, statements);
}

/* The query that a command has in it, or NULL. */
static Query *
query_of_command(Node *command)
{
	if (command != NULL && IsA(command, CreateTableAsStmt))
		return (Query *) castNode(CreateTableAsStmt, command)->query;
	if (command != NULL && IsA(command, ExplainStmt))
		return (Query *) castNode(ExplainStmt, command)->query;
	if (command != NULL && IsA(command, DeclareCursorStmt))
		return (Query *) castNode(DeclareCursorStmt, command)->query;
	return NULL;
}

/* What there is to plan of an analyzed query: commands have theirs in them. */
static List *
queries_to_plan(List *analyzed)
{
	List *queries = NIL;
	ListCell *cell;

	foreach (cell, analyzed)
	{
		Query *query = lfirst_node(Query, cell);
		Query *inner = query->commandType == CMD_UTILITY ? query_of_command(query->utilityStmt) : NULL;

		if (query->commandType != CMD_UTILITY)
			queries = lappend(queries, query);
		else if (inner == NULL || !IsA(inner, Query))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("the query must be a SELECT, or a statement that has one")));
		else
			queries = list_concat(queries, queries_to_plan(inner->commandType == CMD_UTILITY ? list_make1(inner) : QueryRewrite(copyObject(inner))));
	}
	return queries;
}

/* Read the text.  Parameters have the types that they would have in PREPARE. */
static List *
read_queries(const char *query_text)
{
	ErrorContextCallback callback = {.callback = ces_rollup_transpose_position, .arg = unconstify(char *, query_text)};
	Oid *types = NULL;
	int ntypes = 0;
	List *queries;

	callback.previous = error_context_stack;
	error_context_stack = &callback;
	queries = queries_to_plan(pg_analyze_and_rewrite_varparams(parse_statement(query_text), query_text, &types, &ntypes, NULL));
	error_context_stack = callback.previous;
	return queries;
}

/* Plan a query, and return what became of the rollups. */
static List *
plan_with_verdicts(Query *query, const char *query_text, PlannedStmt **plan)
{
	List **before = ces_rollup_verdicts;
	List *verdicts = NIL;

	ces_rollup_verdicts = &verdicts;
	PG_TRY();
	{
		*plan = pg_plan_query(query, query_text, CURSOR_OPT_PARALLEL_OK, NULL);
	}
	PG_FINALLY();
	{
		ces_rollup_verdicts = before;
	}
	PG_END_TRY();
	return verdicts;
}

/*
 * Why there is nothing to choose from
 */

/* Find aggregates that a rollup could answer, and the tables of the queries that have them. */
static bool
find_answers(Node *node, void *context)
{
	Answers *answers = context;

	if (node == NULL)
		return false;
	if (IsA(node, Aggref) && ces_aggregate_name(castNode(Aggref, node)) != NULL)
		answers->has_aggregate = true;
	if (IsA(node, RangeTblEntry))
	{
		const RangeTblEntry *entry = castNode(RangeTblEntry, node);

		if (entry->rtekind == RTE_RELATION && (entry->relkind == RELKIND_RELATION || entry->relkind == RELKIND_PARTITIONED_TABLE))
			answers->tables = list_append_unique_oid(answers->tables, entry->relid);
		return false;
	}
	if (IsA(node, Query))
		return query_tree_walker(castNode(Query, node), find_answers, context, QTW_EXAMINE_RTES_BEFORE | QTW_IGNORE_JOINALIASES);
	return expression_tree_walker(node, find_answers, context);
}

/* The table that has the rollups whose triggers a partition has. */
static Oid
table_of_partition(Oid partition)
{
	ListCell *cell;

	foreach (cell, get_rel_relispartition(partition) ? get_partition_ancestors(partition) : NIL)
	{
		Relation ancestor = relation_open(lfirst_oid(cell), AccessShareLock);
		bool found = ces_rollups_of(ancestor) != NIL;

		relation_close(ancestor, NoLock);
		if (found)
			return lfirst_oid(cell);
	}
	return InvalidOid;
}

/* Why a table has no rollup that could be chosen.  Says nothing, and returns false, if it has. */
static bool
explain_table(FunctionCallInfo fcinfo, Oid table, bool is_only_reason)
{
	Relation relation = relation_open(table, AccessShareLock);
	bool may_have_some = ces_has_rollups(relation);
	List *broken = may_have_some ? ces_broken_rollups_of(relation) : NIL;
	bool has_some = may_have_some && ces_rollups_of(relation) != NIL;
	Oid whole = may_have_some ? table_of_partition(table) : InvalidOid;
	const char *name = ces_rollup_relation_name(table);
	const char *schema = ces_rollup_schema(fcinfo);
	ListCell *cell;

	foreach (cell, broken)
		put_row(fcinfo, ((const CesBrokenRollup *) lfirst(cell))->view, false, ((const CesBrokenRollup *) lfirst(cell))->problem);
	if (is_only_reason && broken == NIL && OidIsValid(whole))
		put_row(fcinfo, InvalidOid, false,
				psprintf("table %s is a partition of %s, whose rollups count all of it: query that", name, ces_rollup_relation_name(whole)));
	else if (is_only_reason && broken == NIL && !has_some)
		put_row(fcinfo, InvalidOid, false,
				psprintf("table %s has no rollup; CALL %s.ces_create_rollup('YOUR_NAME', %s);", name, schema,
						 quote_literal_cstr(psprintf("SELECT YOUR_KEYS, %s.ces_tally(YOUR_SCORE, 'YOUR_SCALE') AS YOUR_SCORE FROM %s GROUP BY YOUR_KEYS", schema, name))));
	relation_close(relation, NoLock);
	return broken != NIL || OidIsValid(whole) || !has_some;
}

/*
 * What became of a query
 */

/* Does a plan read a rollup?  One that was chosen first may have given way to another. */
static bool
reads_rollup(const PlannedStmt *plan, Oid view)
{
	const CesRollup *rollup = ces_rollup_find_view(view);
	ListCell *cell;

	foreach (cell, rollup == NULL ? NIL : plan->rtable)
	{
		const RangeTblEntry *entry = lfirst(cell);

		if (entry->rtekind == RTE_RELATION && entry->relid == rollup->store)
			return true;
	}
	return false;
}

/* Add a row for a verdict. */
static void
explain_verdict(FunctionCallInfo fcinfo, const CesRollupVerdict *verdict, const PlannedStmt *plan)
{
	const char *reason = verdict->reason;

	if (verdict->used && !reads_rollup(plan, verdict->rollup))
		reason = "reading another rollup is estimated to cost less";
	else if (verdict->used && !ces_enable_rollups)
		reason = "ces.enable_rollups is off; SET ces.enable_rollups = on;";
	put_row(fcinfo, verdict->rollup, verdict->used && reason == NULL, reason);
}

/* Add the rows for a query.  False if nothing in it could be answered from any rollup. */
static bool
explain_query(FunctionCallInfo fcinfo, Query *query, const char *query_text)
{
	Answers answers = {false, NIL};
	PlannedStmt *plan;
	List *verdicts;
	bool is_explained;
	ListCell *cell;

	(void) find_answers((Node *) query, &answers);
	verdicts = plan_with_verdicts(query, query_text, &plan);
	/* As for EXPLAIN: columns and estimates are nobody else's business. */
	(void) ces_check_permissions(plan);
	is_explained = verdicts != NIL;
	foreach (cell, verdicts)
		explain_verdict(fcinfo, lfirst(cell), plan);
	foreach (cell, answers.has_aggregate ? answers.tables : NIL)
		is_explained |= explain_table(fcinfo, lfirst_oid(cell), verdicts == NIL);
	if (answers.has_aggregate && answers.tables != NIL && !is_explained)
		put_row(fcinfo, InvalidOid, false,
				"the aggregate is over a subquery that cannot be taken apart, such as one with DISTINCT, GROUP BY, ORDER BY, LIMIT, UNION or FOR UPDATE, or a security_barrier view");
	return answers.has_aggregate && (verdicts != NIL || answers.tables != NIL);
}

/*
 * ces_rollup_explain(query): for each rollup of a table in a query whether the query is answered
 * from it, and the first reason why it isn't.
 */
PG_FUNCTION_INFO_V1(ces_rollup_explain);
Datum
ces_rollup_explain(PG_FUNCTION_ARGS)
{
	const char *query_text = text_to_cstring(PG_GETARG_TEXT_PP(0));
	bool has_rows = false;
	ListCell *cell;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	foreach (cell, read_queries(query_text))
		has_rows |= explain_query(fcinfo, lfirst_node(Query, cell), query_text);
	if (!has_rows)
		put_row(fcinfo, InvalidOid, false, "the query has no aggregate of ces over the scores in a table");
	return (Datum) 0;
}
