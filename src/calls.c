/*-------------------------------------------------------------------------
 *
 * calls.c
 *	  The call of an aggregate or window function as the user wrote it, for hints.
 *
 * A hint that can be pasted names the user's own column.  Plans don't know what it is
 * called in the query, so it is looked up in the text of the call.  In doubt there is
 * no name, and a hint shows a placeholder in capitals.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "calls.h"
#include "catalog/namespace.h"
#include "nodes/execnodes.h"
#include "scale.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "windowapi.h"

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

/* Is it a window function that the executor calls? */
bool
ces_is_in_window(FunctionCallInfo fcinfo)
{
	return fcinfo->context != NULL && IsA(fcinfo->context, WindowAggState);
}

/*
 * Only the executor of windows may call a window function.  PostgreSQL sees to that,
 * except for one that somebody has made an operator of.
 */
void
ces_check_window(FunctionCallInfo fcinfo)
{
	if (!WindowObjectIsValid(PG_WINDOW_OBJECT()))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("window function %s requires an OVER clause", get_func_name(fcinfo->flinfo->fn_oid))));
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
	if (!ces_is_in_window(fcinfo))
		return false;
	foreach (cell, castNode(WindowAggState, fcinfo->context)->funcs)
	{
		if (((const WindowFuncExprState *) lfirst(cell))->wfunc->aggfilter != NULL)
			return true;
	}
	return false;
}

static bool
continues_identifier(char character)
{
	return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
		   ces_is_digit(character) || character == '_' || character == '$' || IS_HIGHBIT_SET(character);
}

/* Where the identifier at this position ends, in quotes or not; NULL if there is none. */
static const char *
skip_identifier(const char *position)
{
	const char *start = position;

	if (*position != '"')
	{
		while (continues_identifier(*position))
			position++;
		return position == start || ces_is_digit(*start) || *start == '$' ? NULL : position;
	}
	do
	{
		position = strchr(position + 1, '"');
		if (position == NULL)
			return NULL;
		position++;
	} while (*position == '"');
	return position;
}

/* The same for identifiers with something between them, such as the dot of table.column. */
static const char *
skip_identifiers(const char *position, const char *between)
{
	position = skip_identifier(position);
	while (position != NULL && strncmp(position, between, strlen(between)) == 0)
		position = skip_identifier(position + strlen(between));
	return position;
}

/* Where the column at this position ends, with the casts after it; NULL if there is none. */
static const char *
skip_column(const char *position)
{
	position = skip_identifiers(position, ".");
	while (position != NULL && strncmp(position, "::", 2) == 0)
		position = skip_identifiers(position + 2, ".");
	return position;
}

/* Where the name of this function ends, if that is what stands here; or else NULL. */
static const char *
skip_function(const char *position, const char *name)
{
	size_t length = strlen(name);
	const char *end = skip_identifiers(position, ".");
	const char *end_of_name = end != NULL && end[-1] == '"' ? end - 1 : end;

	if (end_of_name == NULL || end_of_name < position + length ||
		pg_strncasecmp(end_of_name - length, name, length) != 0)
		return NULL;
	return end;
}

/* Where this word ends and blanks after it, if it stands here; or else the position itself. */
static const char *
skip_word(const char *position, const char *word)
{
	size_t length = strlen(word);

	if (pg_strncasecmp(position, word, length) != 0 || continues_identifier(position[length]))
		return position;
	return ces_skip_blanks(position + length);
}

/*
 * An argument, numbered from 0, of the call of a function in the text of a query.  NULL if
 * it is not a column, perhaps cast, or if one before it is neither that nor a string.
 */
static const char *
read_argument(const char *position, const char *function, int argument)
{
	/* In the body of an SQL function that is now part of the query, the call stands elsewhere. */
	position = skip_function(position, function);
	if (position == NULL)
		return NULL;
	position = ces_skip_blanks(position);
	if (*position != '(')
		return NULL;
	for (;; argument--)
	{
		const char *start = skip_word(ces_skip_blanks(position + 1), "distinct");
		const char *end = skip_column(start);

		if (end == NULL && *start == '\'' && argument > 0)
		{
			end = strchr(start + 1, '\'');
			end = end == NULL ? NULL : end + 1;
		}
		if (end == NULL)
			return NULL;
		position = ces_skip_blanks(end);
		if (argument == 0 && (*position == ',' || *position == ')' || skip_word(position, "order") != position))
			return pnstrdup(start, end - start);
		if (*position != ',')
			return NULL;
	}
}

/*
 * An argument, numbered from 0, of a call at this place in a query, as the user wrote it,
 * or else the placeholder.  A call in a view or in a parallel worker doesn't know where it
 * stands in the text, and one that combines partial results has no expression.
 */
static const char *
argument_text(const char *query, int location, Oid function, const Node *expression,
			  int argument, const char *placeholder)
{
	const char *text;

	if (query == NULL || location < 0 || (expression != NULL && IsA(expression, Const)))
		return placeholder;
	text = read_argument(query + strnlen(query, location), get_func_name(function), argument);
	return text != NULL ? text : placeholder;
}

/* The same of a call that ces_called_aggregate() found. */
const char *
ces_argument_text(FunctionCallInfo fcinfo, const Aggref *call, int argument,
				  const char *placeholder)
{
	const Node *expression = NULL;

	if (call == NULL)
		return placeholder;
	if (argument < list_length(call->args))
		expression = (const Node *) list_nth_node(TargetEntry, call->args, argument)->expr;
	return argument_text(castNode(AggState, fcinfo->context)->ss.ps.state->es_sourceText,
						 call->location, call->aggfnoid, expression, argument, placeholder);
}

/*
 * The same of the window function that is called.  It can't know the text of its query,
 * only that of the client's, which may be another one: then it has no such call at that
 * place.
 */
const char *
ces_window_argument_text(FunctionCallInfo fcinfo, int argument, const char *placeholder)
{
	const WindowFunc *call = castNode(WindowFunc, fcinfo->flinfo->fn_expr);

	return argument_text(debug_query_string, call->location, call->winfnoid,
						 list_nth(call->args, argument), argument, placeholder);
}
