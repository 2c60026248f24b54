/*-------------------------------------------------------------------------
 *
 * rollup_immutable.c
 *	  Refuses what may have another value later although the row is the same.
 *
 * What was counted must be found again when the row is changed or deleted, so keys,
 * scores and conditions may depend on nothing but the row.  The usual offender is a
 * timestamptz whose day is that of the reader's time zone; the hint names the zone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_func.h"
#include "parser/parse_oper.h"
#include "pgtime.h"
#include "rollup_definition.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"

/* The innermost part of an expression that is not immutable */
typedef struct Culprit
{
	Node *node;
	Oid function; /* or InvalidOid, as for CURRENT_DATE */
} Culprit;

/* Called by check_functions_in_node(): note the function if it is not immutable. */
static bool
is_mutable(Oid function, void *culprit)
{
	if (func_volatile(function) == PROVOLATILE_IMMUTABLE)
		return false;
	((Culprit *) culprit)->function = function;
	return true;
}

/* Find the first culprit, those inside a call before the call. */
static bool
find_culprit(Node *node, void *culprit)
{
	if (node == NULL)
		return false;
	if (expression_tree_walker(node, find_culprit, culprit))
		return true;
	if (check_functions_in_node(node, is_mutable, culprit) || IsA(node, SQLValueFunction) ||
		IsA(node, NextValueExpr))
	{
		((Culprit *) culprit)->node = node;
		return true;
	}
	return false;
}

/* Is an expression immutable once it has been planned, as for an index? */
static bool
is_immutable(const void *expression)
{
	return !contain_mutable_functions((Node *) expression_planner(copyObject(unconstify(void *, expression))));
}

/*
 * The culprit in an expression that is not immutable.  It may show only once functions
 * have been inlined and defaults filled in.
 */
static Culprit
culprit_of(const void *expression)
{
	Culprit culprit = {NULL, InvalidOid};

	if (!find_culprit(unconstify(void *, expression), &culprit))
		find_culprit((Node *) expression_planner(copyObject(unconstify(void *, expression))), &culprit);
	return culprit;
}

/* A literal as the user would write it, without its type. */
static Expr *
make_literal(const char *text)
{
	return (Expr *) makeConst(UNKNOWNOID, -1, InvalidOid, -2, CStringGetDatum(pstrdup(text)), false, false);
}

/* Leave the type out of text literals among arguments. */
static void
shorten_literals(List *arguments)
{
	ListCell *cell;

	foreach (cell, arguments)
	{
		const Const *constant = lfirst(cell);

		if (IsA(constant, Const) && constant->consttype == TEXTOID && !constant->constisnull)
			lfirst(cell) = make_literal(TextDatumGetCString(constant->constvalue));
	}
}

/* A timestamptz as the clock in the user's time zone shows it. */
static Expr *
make_local_time(Expr *argument)
{
	return (Expr *) makeFuncExpr(F_TIMEZONE_TEXT_TIMESTAMPTZ, TIMESTAMPOID,
								 list_make2(make_literal(pg_get_timezone_name(session_timezone)), argument),
								 InvalidOid, InvalidOid, COERCE_SQL_SYNTAX);
}

/* The function of this name with these arguments, or InvalidOid; likewise the operator. */
static Oid
find_function(Oid like, const Oid *types, int count)
{
	return LookupFuncName(list_make2(makeString("pg_catalog"), makeString(get_func_name(like))), count, types,
						  true);
}

/*
 * A call that isn't immutable, as one over local time, if there is one.  To be called for
 * functions in pg_catalog and with the arguments that a function or an operator has.
 */
static List *
localize_arguments(List *arguments, Oid *types)
{
	List *result = NIL;
	ListCell *cell;
	int count = 0;

	foreach (cell, arguments)
	{
		Expr *argument = lfirst(cell);

		types[count] = exprType((Node *) argument);
		if (types[count] == TIMESTAMPTZOID)
		{
			types[count] = TIMESTAMPOID;
			argument = make_local_time(argument);
		}
		result = lappend(result, argument);
		count++;
	}
	return result;
}

static Node *
localize_function(FuncExpr *call)
{
	Oid types[FUNC_MAX_ARGS];
	List *arguments = localize_arguments(call->args, types);
	Oid function;

	if (call->funcid == F_TIMESTAMP_TIMESTAMPTZ || call->funcid == F_TIMESTAMPTZ_TIMESTAMP)
		return linitial(arguments);
	if (call->funcid == F_TIMESTAMPTZ_DATE)
		return (Node *) makeFuncExpr(F_TIMESTAMP_DATE, TIMESTAMPOID, arguments, InvalidOid, InvalidOid,
									 COERCE_EXPLICIT_CAST);
	/* A zone that the user named: the local time is that of this zone. */
	if (call->funcid == F_DATE_TRUNC_TEXT_TIMESTAMPTZ_TEXT)
	{
		list_nth_node(FuncExpr, arguments, 1)->args = list_make2(lthird(arguments), lsecond(call->args));
		arguments = list_truncate(arguments, 2);
	}
	function = find_function(call->funcid, types, list_length(arguments));
	/* The field in EXTRACT is no literal to the user. */
	if (call->funcformat != COERCE_SQL_SYNTAX)
		shorten_literals(arguments);
	if (!OidIsValid(function))
		return (Node *) call;
	return (Node *) makeFuncExpr(function, get_func_rettype(function), arguments, InvalidOid, InvalidOid,
								 call->funcformat);
}

static Node *
localize_operator(OpExpr *call)
{
	Oid types[FUNC_MAX_ARGS];
	List *arguments = localize_arguments(call->args, types);
	Oid operator;

	if (list_length(arguments) != 2)
		return (Node *) call;
	operator= OpernameGetOprid(list_make2(makeString("pg_catalog"), makeString(get_opname(call->opno))),
							   types[0], types[1]);
	if (!OidIsValid(operator) || func_volatile(get_opcode(operator)) != PROVOLATILE_IMMUTABLE)
		return (Node *) call;
	return (Node *) make_opclause(operator, get_op_rettype(operator), false, linitial(arguments),
								  lsecond(arguments), InvalidOid, InvalidOid);
}

/* May a function have a sibling for local time, which is immutable? */
static bool
is_stable_builtin(Oid function)
{
	return get_func_namespace(function) == PG_CATALOG_NAMESPACE && func_volatile(function) == PROVOLATILE_STABLE;
}

/* The same expression over the time in the user's zone, as far as that makes it immutable. */
static Node *
localize(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	/* What is inside first: it may be a timestamptz no more, which then stays as it is. */
	node = expression_tree_mutator(node, localize, context);
	if (IsA(node, FuncExpr) && is_stable_builtin(castNode(FuncExpr, node)->funcid))
		return localize_function(castNode(FuncExpr, node));
	if (IsA(node, OpExpr) && is_stable_builtin(get_opcode(castNode(OpExpr, node)->opno)))
		return localize_operator(castNode(OpExpr, node));
	return node;
}

/* Is a timestamp where a call wants a timestamptz?  It would be converted back. */
static bool
has_mixed_times(Node *node, void *context)
{
	List *arguments = NIL;
	Oid *types = NULL;
	Oid operands[2];
	int count = 0;
	ListCell *cell;

	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr))
	{
		arguments = castNode(FuncExpr, node)->args;
		get_func_signature(castNode(FuncExpr, node)->funcid, &types, &count);
	}
	else if (IsA(node, OpExpr))
	{
		arguments = castNode(OpExpr, node)->args;
		if (list_length(arguments) == 2)
		{
			op_input_types(castNode(OpExpr, node)->opno, &operands[0], &operands[1]);
			types = operands;
			count = 2;
		}
	}
	foreach (cell, arguments)
	{
		int argument = foreach_current_index(cell);

		if (argument < count && types[argument] == TIMESTAMPTZOID && exprType(lfirst(cell)) == TIMESTAMPOID)
			return true;
	}
	return expression_tree_walker(node, has_mixed_times, context);
}

/* What the functions depend on, in a sentence. */
static const char *
describe(const Culprit *culprit)
{
	const char *name;

	if (culprit->node == NULL)
		return "Its value may change although the row does not.";
	if (!OidIsValid(culprit->function))
		return "It depends on the session or the time.";
	if (IsA(culprit->node, CoerceViaIO))
		name = psprintf("The cast from %s to %s",
						format_type_be(exprType((Node *) castNode(CoerceViaIO, culprit->node)->arg)),
						format_type_be(castNode(CoerceViaIO, culprit->node)->resulttype));
	else
		name = psprintf("Function %s", format_procedure(culprit->function));
	if (func_volatile(culprit->function) == PROVOLATILE_VOLATILE)
		return psprintf("%s is volatile: it may have another result each time.", name);
	return psprintf("%s is stable, not immutable: its result may depend on the time, on settings such as TimeZone, or on other tables.",
					name);
}

/* Does the culprit tell the time or who asks? */
static bool
tells_time(const Culprit *culprit)
{
	switch (culprit->function)
	{
		case InvalidOid:
			return culprit->node != NULL && IsA(culprit->node, SQLValueFunction);
		case F_NOW:
		case F_TRANSACTION_TIMESTAMP:
		case F_STATEMENT_TIMESTAMP:
		case F_CLOCK_TIMESTAMP:
		case F_AGE_TIMESTAMPTZ:
		case F_AGE_TIMESTAMP:
		case F_TIMEOFDAY:
			return true;
		default:
			return false;
	}
}

/* The expression as part of the query: a key with its name, or a condition with WHERE. */
static char *
in_query(const CesRollupReading *reading, const TargetEntry *column, const void *expression)
{
	char *text = ces_rollup_deparse(reading, expression);

	if (column == NULL)
		return psprintf("WHERE %s", text);
	if (IsA(column->expr, Aggref))
		return text;
	return psprintf("%s AS %s", text, quote_identifier(column->resname));
}

/* Is this a function that shows a value as text, such as to_char()? */
static bool
formats(const Culprit *culprit)
{
	const char *name;

	if (culprit->node == NULL || !OidIsValid(culprit->function))
		return false;
	if (IsA(culprit->node, CoerceViaIO))
		return castNode(CoerceViaIO, culprit->node)->resulttype == TEXTOID ||
			   castNode(CoerceViaIO, culprit->node)->resulttype == VARCHAROID;
	name = get_func_name(culprit->function);
	return IsA(culprit->node, FuncExpr) && name != NULL && strcmp(name, "to_char") == 0;
}

/* The day of a time, in the user's time zone; any other value as it is. */
static Node *
by_day(Node *value)
{
	Expr *time = (Expr *) value;

	if (exprType(value) == TIMESTAMPTZOID)
		time = make_local_time(time);
	else if (exprType(value) != TIMESTAMPOID)
		return value;
	return (Node *) makeFuncExpr(F_DATE_TIMESTAMP, DATEOID, list_make1(time), InvalidOid, InvalidOid,
								 COERCE_EXPLICIT_CAST);
}

/* What is formatted, by day if it is a time. */
static Node *
formatted_value(const Culprit *culprit)
{
	Node *value = IsA(culprit->node, CoerceViaIO) ? (Node *) castNode(CoerceViaIO, culprit->node)->arg : linitial(castNode(FuncExpr, culprit->node)->args);

	if (IsA(value, FuncExpr) && castNode(FuncExpr, value)->funcid == F_TIMESTAMP_DATE)
		value = linitial(castNode(FuncExpr, value)->args);
	return by_day(value);
}

/* What to have as a key, or to count, in place of something that depends on the time. */
static char *
advise_key(const CesRollupReading *reading, const TargetEntry *column, const void *expression)
{
	List *columns = pull_var_clause(unconstify(void *, expression), 0);

	if (IsA(column->expr, Aggref))
		return "Leave it out, and ask the table itself for it.";
	if (columns == NIL)
		return pstrdup("Leave it out, and put it into the query that reads the rollup.");
	return psprintf("Have the column itself, and calculate in the query that reads the rollup: %s",
					in_query(reading, column, by_day(linitial(columns))));
}

/* A condition on the first key that is a time; empty if none is. */
static char *
example_of_period(const CesRollupReading *reading)
{
	ListCell *cell;

	foreach (cell, reading->query->targetList)
	{
		const TargetEntry *column = lfirst(cell);
		Oid type = exprType((Node *) column->expr);

		if (!column->resjunk && (type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID))
			return psprintf(": WHERE %s >= current_date - 30, for one", quote_identifier(column->resname));
	}
	return "";
}

/* Where to put a condition that depends on the time. */
static char *
advise_condition(const CesRollupReading *reading, const void *condition)
{
	const char *text = ces_rollup_deparse_for_reader(reading, condition);

	if (text != NULL)
		return psprintf("Leave it out here, and put it into the query that reads the rollup: WHERE %s", text);
	return psprintf("Leave it out here, and put a condition on a key into the query that reads the rollup%s.", example_of_period(reading));
}

/*
 * What to type instead.  Column is that of the query the expression is in, or NULL if
 * it stands in a condition.
 */
static char *
advice(const CesRollupReading *reading, const TargetEntry *column, const void *expression)
{
	Node *local = localize(copyObject(unconstify(void *, expression)), NULL);
	Culprit culprit;

	if (!has_mixed_times(local, NULL) && !equal(local, expression))
	{
		if (is_immutable(local))
			return psprintf("Make it independent of the session's time zone: %s", in_query(reading, column, local));
		expression = local;
	}
	culprit = culprit_of(expression);
	if (tells_time(&culprit))
		return column == NULL ? advise_condition(reading, expression) : advise_key(reading, column, expression);
	if (formats(&culprit) && column != NULL && !IsA(column->expr, Aggref))
	{
		Node *value = formatted_value(&culprit);

		if (is_immutable(value))
			return psprintf("Have the value as the key, and format it in the query that reads the rollup: %s",
							in_query(reading, column, value));
	}
	return psprintf("Store its result in a column of the table, and use that: ALTER TABLE %s ADD COLUMN %s %s",
					ces_rollup_relation_name(reading->source),
					column == NULL ? "YOUR_COLUMN" : quote_identifier(column->resname),
					format_type_be(exprType((const Node *) expression)));
}

/*
 * An expression that is not immutable is an error.  Part says where in the query it
 * stands; column is what it is the value of, or NULL.
 */
void
ces_rollup_check_immutable(const CesRollupReading *reading, const char *part, const TargetEntry *column,
						   const void *expression)
{
	Culprit culprit;

	if (expression == NULL || is_immutable(expression))
		return;
	culprit = culprit_of(expression);
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s of a rollup must be immutable", part),
			 errdetail("%s", describe(&culprit)),
			 errhint("%s", advice(reading, column, expression)),
			 ces_rollup_position(reading, culprit.node)));
}
