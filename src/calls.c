/*-------------------------------------------------------------------------
 *
 * calls.c
 *	  The call of an aggregate as the user wrote it, for hints.
 *
 * A hint that can be pasted names the user's own column.  The plan has lost the
 * text of the query, but a column can be followed through the plan to its table.
 * In doubt there is no name, and a hint shows a placeholder in capitals.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "calls.h"
#include "catalog/namespace.h"
#include "nodes/execnodes.h"
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/*
 * The call that the executor is about, or NULL if it can't be known, as in a window,
 * or if an aggregate of another kind runs this one: on a worker of Citus the call
 * names worker_partial_agg, which has more arguments.
 */
Aggref *
ces_called_aggregate(FunctionCallInfo fcinfo, int arguments)
{
	Aggref *call = AggGetAggref(fcinfo);

	return call != NULL && list_length(call->aggargtypes) == arguments ? call : NULL;
}

/*
 * What to put before the name of a function of the extension: its schema, unless the
 * search_path has it.
 */
const char *
ces_schema_prefix(FunctionCallInfo fcinfo)
{
	Oid function;

	/* C code may call it without saying which function it is. */
	if (fcinfo->flinfo == NULL)
		return "";
	function = fcinfo->flinfo->fn_oid;
	if (FunctionIsVisible(function))
		return "";
	return psprintf("%s.", quote_identifier(get_namespace_name(get_func_namespace(function))));
}

/* The operator <@, likewise. */
const char *
ces_on_scale_operator(FunctionCallInfo fcinfo)
{
	const char *prefix = ces_schema_prefix(fcinfo);

	return *prefix == '\0' ? "<@" : psprintf("OPERATOR(%s<@)", prefix);
}

/*
 * Does the call have a FILTER?  In a window it can't be known, so any call in the same
 * window counts.
 */
bool
ces_has_filter(FunctionCallInfo fcinfo, const Aggref *call)
{
	ListCell *cell;

	if (call != NULL)
		return call->aggfilter != NULL;
	if (fcinfo->context == NULL || !IsA(fcinfo->context, WindowAggState))
		return false;
	foreach (cell, castNode(WindowAggState, fcinfo->context)->funcs)
	{
		if (((const WindowFuncExprState *) lfirst(cell))->wfunc->aggfilter != NULL)
			return true;
	}
	return false;
}

/* Does this entry of a range table have a column of this name? */
static bool
has_column(const RangeTblEntry *entry, const char *column)
{
	ListCell *cell;

	foreach (cell, entry->eref->colnames)
	{
		if (strcmp(strVal(lfirst(cell)), column) == 0)
			return true;
	}
	return false;
}

/*
 * Does this name alone mean the column where the aggregate is called?  A subquery, a
 * view and a join with an alias may rename it, and two tables may have it.
 */
static bool
is_visible(const char *column, List *range_table)
{
	const char *table = NULL;
	ListCell *cell;

	foreach (cell, range_table)
	{
		const RangeTblEntry *entry = lfirst_node(RangeTblEntry, cell);

		if (!entry->inFromCl || (entry->rtekind == RTE_JOIN && entry->alias == NULL))
			continue;
		if (entry->rtekind == RTE_SUBQUERY || entry->rtekind == RTE_JOIN)
		{
			if (!has_column(entry, column))
				return false;
		}
		else if (has_column(entry, column))
		{
			/* Partitions have the alias of their table. */
			if (table != NULL && strcmp(table, entry->eref->aliasname) != 0)
				return false;
			table = entry->eref->aliasname;
		}
	}
	return true;
}

/* The name of a column in the range table, or NULL. */
static const char *
column_name(const Var *var, List *range_table)
{
	const RangeTblEntry *entry;
	const char *name;

	if (var->varno < 1 || (int) var->varno > list_length(range_table))
		return NULL;
	entry = list_nth_node(RangeTblEntry, range_table, var->varno - 1);
	if (var->varattno < 1 || var->varattno > list_length(entry->eref->colnames))
		return NULL;
	name = strVal(list_nth(entry->eref->colnames, var->varattno - 1));
	return *name != '\0' && is_visible(name, range_table) ? quote_identifier(name) : NULL;
}

/* The plan node whose output a node reads as OUTER_VAR. */
static const Plan *
outer_plan(const Plan *plan)
{
	List *plans = NIL;

	if (IsA(plan, Append))
		plans = ((const Append *) plan)->appendplans;
	else if (IsA(plan, MergeAppend))
		plans = ((const MergeAppend *) plan)->mergeplans;
	else
		return outerPlan(plan);
	return plans == NIL ? NULL : linitial(plans);
}

/* An element of a list, numbered from 1, or NULL. */
static const Node *
nth_or_null(const List *list, AttrNumber number)
{
	return number >= 1 && number <= list_length(list) ? list_nth(list, number - 1) : NULL;
}

/*
 * What a column of a plan node's input stands for, or NULL.  The plan becomes the
 * node that computes it.
 */
static const Node *
input_column(const Var *var, const Plan **plan)
{
	if (var->varno == INDEX_VAR && IsA(*plan, IndexOnlyScan))
		return nth_or_null(((const IndexOnlyScan *) *plan)->indextlist, var->varattno);
	if (var->varno == OUTER_VAR)
		*plan = outer_plan(*plan);
	else if (var->varno == INNER_VAR)
		*plan = innerPlan(*plan);
	else
		return NULL;
	return *plan == NULL ? NULL : nth_or_null((*plan)->targetlist, var->varattno);
}

/* What is cast, or NULL.  A cast that the user wrote is put before those found so far. */
static const Node *
cast_argument(const void *argument, Oid type, CoercionForm form, const char **casts)
{
	if (form == COERCE_EXPLICIT_CAST)
		*casts = psprintf("::%s%s", format_type_be(type), *casts);
	else if (form != COERCE_IMPLICIT_CAST)
		return NULL;
	return argument;
}

/*
 * What an expression of a plan node is about: the column or cast that it was made of.
 * NULL if it is something else.
 */
static const Node *
source_of(const Node *expression, const Plan **plan, const char **casts)
{
	switch (nodeTag(expression))
	{
		case T_TargetEntry:
			return (const Node *) ((const TargetEntry *) expression)->expr;
		case T_Var:
			return input_column((const Var *) expression, plan);
		case T_RelabelType:
		{
			const RelabelType *cast = (const RelabelType *) expression;

			return cast_argument(cast->arg, cast->resulttype, cast->relabelformat, casts);
		}
		case T_CoerceViaIO:
		{
			const CoerceViaIO *cast = (const CoerceViaIO *) expression;

			return cast_argument(cast->arg, cast->resulttype, cast->coerceformat, casts);
		}
		case T_FuncExpr:
		{
			const FuncExpr *call = (const FuncExpr *) expression;

			if (list_length(call->args) != 1)
				return NULL;
			return cast_argument(linitial(call->args), call->funcresulttype, call->funcformat, casts);
		}
		case T_Aggref:
		{
			/* A partial result stands for what was aggregated. */
			const Aggref *partial = (const Aggref *) expression;

			return DO_AGGSPLIT_SKIPFINAL(partial->aggsplit) ? nth_or_null(partial->args, 1) : NULL;
		}
		default:
			return NULL;
	}
}

/*
 * An expression of a plan node as the user wrote it, if it is a column or the cast of
 * one, or else NULL.
 */
static const char *
text_of(const Node *expression, const Plan *plan, List *range_table)
{
	const char *casts = "";
	const char *column;

	while (expression != NULL)
	{
		if (IsA(expression, Var) && !IS_SPECIAL_VARNO(((const Var *) expression)->varno))
		{
			column = column_name((const Var *) expression, range_table);
			return column == NULL ? NULL : psprintf("%s%s", column, casts);
		}
		expression = source_of(expression, &plan, &casts);
	}
	return NULL;
}

/*
 * An argument, numbered from 0, of a call that ces_called_aggregate() found, as the
 * user wrote it, or else the placeholder.
 */
const char *
ces_argument_text(FunctionCallInfo fcinfo, const Aggref *call, int argument,
				  const char *placeholder)
{
	const char *text = NULL;

	if (call != NULL && argument < list_length(call->args))
	{
		const PlanState *state = &castNode(AggState, fcinfo->context)->ss.ps;

		text = text_of(list_nth(call->args, argument), state->plan, state->state->es_range_table);
	}
	return text != NULL ? text : placeholder;
}
