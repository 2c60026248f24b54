/*-------------------------------------------------------------------------
 *
 * rollup_total.c
 *	  Expressions that have a value for any values of their columns.
 *
 * A rollup can have keys of which the table has no answer any more, as long as it is not
 * folded.  An expression of such a key must not raise an error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "rollup_planner.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

/* Is an argument a constant other than 0? */
static bool
is_nonzero(const Node *argument)
{
	const Const *constant = (const Const *) argument;

	if (!IsA(argument, Const) || constant->constisnull)
		return false;
	switch (constant->consttype)
	{
		case INT2OID:
			return DatumGetInt16(constant->constvalue) != 0;
		case INT4OID:
			return DatumGetInt32(constant->constvalue) != 0;
		case INT8OID:
			return DatumGetInt64(constant->constvalue) != 0;
		case FLOAT8OID:
			return DatumGetFloat8(constant->constvalue) != 0;
		default:
			return constant->consttype == NUMERICOID && DatumGetFloat8(DirectFunctionCall1(numeric_float8, constant->constvalue)) != 0;
	}
}

/*
 * Has a function a value for any arguments that make sense as keys of a report?  A
 * constant that it doesn't accept is an error whatever the keys are.
 */
static bool
is_total(Oid function, const List *arguments)
{
	switch (function)
	{
		case F_INT2MOD:
		case F_INT4MOD:
		case F_INT8MOD:
		case F_NUMERIC_MOD:
		case F_NUMERIC_DIV:
		case F_FLOAT8DIV:
			return is_nonzero(lsecond(arguments));
		case F_UPPER_TEXT:
		case F_LOWER_TEXT:
		case F_INITCAP:
		case F_BTRIM_TEXT:
		case F_BTRIM_TEXT_TEXT:
		case F_LTRIM_TEXT:
		case F_LTRIM_TEXT_TEXT:
		case F_RTRIM_TEXT:
		case F_RTRIM_TEXT_TEXT:
		case F_TEXTCAT:
		case F_TEXTANYCAT:
		case F_ANYTEXTCAT:
		case F_CONCAT:
		case F_CONCAT_WS:
		case F_REPLACE:
		case F_LEFT:
		case F_RIGHT:
		case F_LENGTH_TEXT:
		case F_CHAR_LENGTH_TEXT:
		case F_STRPOS:
		case F_POSITION_TEXT_TEXT:
		case F_TEXTLIKE:
		case F_TEXTNLIKE:
		case F_TEXTICLIKE:
		case F_TEXTICNLIKE:
		case F_TEXTREGEXEQ:
		case F_TEXTREGEXNE:
		case F_TEXT_BPCHAR:
		case F_TEXT_NAME:
		case F_TEXT_CHAR:
		case F_TEXT_BOOL:
		case F_DATE_TRUNC_TEXT_TIMESTAMP:
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ:
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ_TEXT:
		case F_DATE_BIN_INTERVAL_TIMESTAMP_TIMESTAMP:
		case F_DATE_BIN_INTERVAL_TIMESTAMPTZ_TIMESTAMPTZ:
		case F_DATE_PART_TEXT_DATE:
		case F_DATE_PART_TEXT_TIMESTAMP:
		case F_DATE_PART_TEXT_TIMESTAMPTZ:
		case F_EXTRACT_TEXT_DATE:
		case F_EXTRACT_TEXT_TIMESTAMP:
		case F_EXTRACT_TEXT_TIMESTAMPTZ:
		case F_TO_CHAR_TIMESTAMP_TEXT:
		case F_TO_CHAR_TIMESTAMPTZ_TEXT:
		case F_TO_CHAR_INT4_TEXT:
		case F_TO_CHAR_INT8_TEXT:
		case F_TO_CHAR_NUMERIC_TEXT:
		case F_TIMEZONE_TEXT_TIMESTAMP:
		case F_TIMEZONE_TEXT_TIMESTAMPTZ:
		case F_DATE_TIMESTAMP:
		case F_DATE_TIMESTAMPTZ:
		case F_TIMESTAMP_DATE:
		case F_TIMESTAMP_TIMESTAMPTZ:
		case F_TIMESTAMPTZ_DATE:
		case F_TIMESTAMPTZ_TIMESTAMP:
		case F_TIMESTAMP_PL_INTERVAL:
		case F_TIMESTAMP_MI_INTERVAL:
		case F_TIMESTAMPTZ_PL_INTERVAL:
		case F_TIMESTAMPTZ_MI_INTERVAL:
		case F_DATE_PL_INTERVAL:
		case F_DATE_MI_INTERVAL:
		case F_FLOOR_FLOAT8:
		case F_FLOOR_NUMERIC:
		case F_CEIL_FLOAT8:
		case F_CEIL_NUMERIC:
		case F_CEILING_FLOAT8:
		case F_CEILING_NUMERIC:
		case F_ROUND_FLOAT8:
		case F_ROUND_NUMERIC:
		case F_TRUNC_FLOAT8:
		case F_TRUNC_NUMERIC:
		case F_NUMERIC_MUL:
		case F_FLOAT8MUL:
		case F_FLOAT8_NUMERIC:
		case F_FLOAT8_INT2:
		case F_FLOAT8_INT4:
		case F_FLOAT8_INT8:
		case F_NUMERIC_INT2:
		case F_NUMERIC_INT4:
		case F_NUMERIC_INT8:
		case F_INT4_INT2:
		case F_INT8_INT2:
		case F_INT8_INT4:
			return true;
		default:
			return get_func_leakproof(function);
	}
}

/* Does a node call a function, with any arguments, that can fail? */
static bool
calls_partial_function(Oid function, void *arguments)
{
	return !is_total(function, arguments);
}

/* Can a node itself, whatever is in it, raise an error? */
bool
ces_node_can_fail(Node *node)
{
	const List *arguments = NIL;

	switch (nodeTag(node))
	{
		case T_FuncExpr:
			arguments = castNode(FuncExpr, node)->args;
			break;
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			arguments = ((OpExpr *) node)->args;
			break;
		case T_CoerceViaIO:
			/* Anything has a text. */
			return castNode(CoerceViaIO, node)->resulttype != TEXTOID && castNode(CoerceViaIO, node)->resulttype != VARCHAROID;
		case T_SubLink:
			/* More than one row is an error. */
			return castNode(SubLink, node)->subLinkType == EXPR_SUBLINK || castNode(SubLink, node)->subLinkType == ROWCOMPARE_SUBLINK;
		case T_ArrayCoerceExpr:
		case T_CoerceToDomain:
		case T_RowCompareExpr:
		case T_SubscriptingRef:
			return true;
		default:
			break;
	}
	return check_functions_in_node(node, calls_partial_function, unconstify(List *, arguments));
}

static bool
find_failing(Node *node, void *context)
{
	return node != NULL && (ces_node_can_fail(node) || expression_tree_walker(node, find_failing, context));
}

/* Can an expression raise an error for some values of its columns? */
bool
ces_can_fail(Node *expression)
{
	return find_failing(expression, NULL);
}
