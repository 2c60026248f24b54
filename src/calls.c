/*-------------------------------------------------------------------------
 *
 * calls.c
 *	  The call of an aggregate as the user wrote it, for hints.
 *
 * A hint that can be pasted names the user's own column.  The plan has lost the
 * expressions of the query, but a column can be followed through the plan to its
 * table, and looked for in the text of the call.  In doubt there is no name, and a
 * hint shows a placeholder in capitals.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "calls.h"
#include "lib/stringinfo.h"
#include "nodes/execnodes.h"
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"
#include "nodes/value.h"
#include "parser/scansup.h"
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
 * Does this name alone mean the column, wherever the aggregate is called?  A subquery, a
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
			return false;
		if (has_column(entry, column))
		{
			/* Partitions have the alias of their table. */
			if (table != NULL && strcmp(table, entry->eref->aliasname) != 0)
				return false;
			table = entry->eref->aliasname;
		}
	}
	return true;
}

static bool
continues_identifier(char character)
{
	return isalnum((unsigned char) character) || character == '_' || character == '$' ||
		   IS_HIGHBIT_SET(character);
}

/*
 * Read an identifier from the text of a query, in quotes or not, and move the position
 * past it.  NULL if there is none.
 */
static char *
read_identifier(const char **position)
{
	const char *start = *position;
	StringInfoData name;

	if (*start != '"')
	{
		while (continues_identifier(**position))
			++*position;
		return *position == start ? NULL : downcase_identifier(start, (int) (*position - start), false, false);
	}
	initStringInfo(&name);
	for (++*position; **position != '\0'; ++*position)
	{
		if (**position == '"' && *++*position != '"')
			break;
		appendStringInfoChar(&name, **position);
	}
	return name.data;
}

/*
 * Read names with dots between them, and move the position past them.  Returns the last
 * name, or NULL if there is none.
 */
static char *
read_names(const char **position)
{
	char *name = read_identifier(position);

	while (name != NULL && **position == '.')
	{
		++*position;
		name = read_identifier(position);
	}
	return name;
}

/*
 * A column as the text of the query names it in an argument of a call, perhaps with its
 * table.  NULL if it doesn't: then the column has another name there.
 */
static char *
written_column(const char *column, const char *source, const Aggref *call, int argument)
{
	const char *position = source + strnlen(source, call->location);
	char *name = read_names(&position);
	int depth = 0;

	/* The text of an SQL function that has become part of the query is another one. */
	if (name == NULL || strcmp(name, get_func_name(call->aggfnoid)) != 0)
		return NULL;
	for (; *position != '\0'; position++)
	{
		const char *start = position;

		name = read_names(&position);
		if (name != NULL && argument == 0 && strcmp(name, column) == 0)
			return pnstrdup(start, position - start);
		if (*position == '\'')
			position += 1 + strcspn(position + 1, "'");
		else if (*position == '(')
			depth++;
		else if (*position == ')' && --depth <= 0)
			return NULL;
		else if (*position == ',' && depth == 1)
			argument--;
		if (*position == '\0')
			return NULL;
	}
	return NULL;
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
	return *name != '\0' ? name : NULL;
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
 * A column or the cast of one: the name of the column, and the casts to put after it.
 * NULL if the expression of a plan node is something else.
 */
static const char *
column_of(const Node *expression, const Plan *plan, List *range_table, const char **casts)
{
	*casts = "";
	while (expression != NULL)
	{
		if (IsA(expression, Var) && !IS_SPECIAL_VARNO(((const Var *) expression)->varno))
			return column_name((const Var *) expression, range_table);
		expression = source_of(expression, &plan, casts);
	}
	return NULL;
}

/*
 * An argument, numbered from 0, of a call that ces_called_aggregate() found, as the
 * user wrote it, or else the placeholder.  A call in a view or in a parallel worker
 * doesn't know its text.
 */
const char *
ces_argument_text(FunctionCallInfo fcinfo, const Aggref *call, int argument,
				  const char *placeholder)
{
	const PlanState *state;
	const EState *query;
	const char *casts;
	const char *column;

	if (call == NULL || argument >= list_length(call->args))
		return placeholder;
	state = &castNode(AggState, fcinfo->context)->ss.ps;
	query = state->state;
	column = column_of(list_nth(call->args, argument), state->plan, query->es_range_table, &casts);
	if (column == NULL)
		return placeholder;
	if (call->location >= 0 && query->es_sourceText != NULL)
		column = written_column(column, query->es_sourceText, call, argument);
	else
		column = is_visible(column, query->es_range_table) ? quote_identifier(column) : NULL;
	return column == NULL ? placeholder : psprintf("%s%s", column, casts);
}
