/*-------------------------------------------------------------------------
 *
 * rollup_rewrite.c
 *	  Puts a rollup in place of its table of answers, in one SELECT.
 *
 * What a query says of the table of answers must be answered by what the rollup has:
 *
 *	- An aggregate becomes one that adds up increments.
 *	- A condition on the time that a key stands for in whole units is a bound of the
 *	  increments.
 *	- Any other expression must be one of keys.  An expression of the time can also be
 *	  one that has the same value at all times that a key stands for.
 *
 * Everything else of the query stays as it is: other tables are joined to increments as
 * they were to answers, since an increment meets the rows that its answers would.
 *
 * Expressions of the query are compared with those of the rollup's definition in the
 * form of the latter: columns of the source have varno 1, and constants are folded.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parsetree.h"
#include "pgtime.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "rollup_definition.h"
#include "rollup_planner.h"
#include "rollup_sql.h"
#include "scale.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"

/* GROUPING takes no more arguments. */
#define MAX_GROUPING_ARGUMENTS 31

/* A query while it is rewritten */
typedef struct Rewriting
{
	const CesCachedRollup *cached;
	const CesRollupDefinition *definition;
	Relation relation; /* the table of answers */
	Index source; /* where it is in the query */
	Index increments_index; /* where the increments are put */
	CesBucket *buckets; /* of each column that is a key of time */
	bool *is_bucket;
	int levels; /* how deep the expression is in subqueries of the query */
	CesIncrements increments;
	char *reason; /* the first that makes it impossible, or NULL */
} Rewriting;

/* The rollup can't answer the query, for a reason. */
static void
give_up(Rewriting *rewriting, char *reason)
{
	if (rewriting->reason == NULL)
		rewriting->reason = reason;
}

/* The name of the rollup, for messages. */
static const char *
rollup_name(const Rewriting *rewriting)
{
	return ces_rollup_relation_name(rewriting->cached->rollup->view);
}

/*
 * Columns of the increments
 */

/* The number of a column of the increments, which have it from now on. */
static AttrNumber
position_of(Rewriting *rewriting, int attribute)
{
	List **attributes = &rewriting->increments.attributes;
	AttrNumber position = 1;
	ListCell *cell;

	foreach (cell, *attributes)
	{
		if (lfirst_int(cell) == attribute)
			return position;
		position++;
	}
	*attributes = lappend_int(*attributes, attribute);
	return position;
}

/* A column of the increments. */
static Var *
increment(Rewriting *rewriting, AttrNumber attribute)
{
	Oid type;
	int32 typmod;
	Oid collation;

	get_atttypetypmodcoll(rewriting->cached->rollup->delta, attribute, &type, &typmod, &collation);
	return makeVar((int) rewriting->increments_index, position_of(rewriting, attribute), type, typmod, collation, 0);
}

/* A key, in the store or the deltas. */
static Var *
stored_key(const Rewriting *rewriting, int column)
{
	AttrNumber attribute = (AttrNumber) (column + 1);
	Oid type;
	int32 typmod;
	Oid collation;

	get_atttypetypmodcoll(rewriting->cached->rollup->delta, attribute, &type, &typmod, &collation);
	return makeVar(1, attribute, type, typmod, collation, 0);
}

/*
 * A column of the increments that is an expression of the answers.  Keys determine it only
 * with the session's TimeZone as it is now, so it must be the answers' own where these are
 * read.
 */
static Var *
computed_increment(Rewriting *rewriting, Node *of_answers, Node *of_rollup)
{
	CesIncrements *increments = &rewriting->increments;
	int number = 0;
	ListCell *cell;

	foreach (cell, increments->computed)
	{
		if (equal(((CesComputedColumn *) lfirst(cell))->of_answers, of_answers))
			break;
		number++;
	}
	if (cell == NULL)
	{
		CesComputedColumn *column = palloc(sizeof(CesComputedColumn));

		column->of_answers = copyObject((Expr *) of_answers);
		column->of_rollup = (Expr *) of_rollup;
		increments->computed = lappend(increments->computed, column);
	}
	return makeVar((int) rewriting->increments_index, position_of(rewriting, -number - 1),
				   exprType(of_answers), exprTypmod(of_answers), exprCollation(of_answers), 0);
}

/*
 * Expressions of the answers
 */

/* What columns an expression has */
typedef struct Contents
{
	Index source;
	int levels;
	bool has_source; /* columns of the table of answers */
	bool has_other; /* columns of other tables of the query, or what isn't a plain expression */
} Contents;

static bool
find_contents(Node *node, void *context)
{
	Contents *contents = context;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
		{
			const Var *var = castNode(Var, node);

			if (var->varlevelsup == (Index) contents->levels && (Index) var->varno == contents->source)
				contents->has_source = true;
			else if (var->varlevelsup <= (Index) contents->levels)
				contents->has_other = true;
			return false;
		}
		case T_Param:
			if (castNode(Param, node)->paramkind == PARAM_SUBLINK)
				contents->has_other = true;
			return false;
		case T_Query:
		{
			bool result;

			contents->has_other = true;
			contents->levels++;
			result = query_tree_walker(castNode(Query, node), find_contents, context, QTW_IGNORE_JOINALIASES);
			contents->levels--;
			return result;
		}
		case T_SubLink:
			/* One value for the whole query is as good as a constant. */
			if (castNode(SubLink, node)->subLinkType == EXPR_SUBLINK && ces_is_self_contained((Query *) castNode(SubLink, node)->subselect))
				return false;
			contents->has_other = true;
			break;
		case T_Aggref:
		case T_GroupingFunc:
		case T_WindowFunc:
		case T_CurrentOfExpr:
		case T_SetToDefault:
			contents->has_other = true;
			break;
		default:
			break;
	}
	return expression_tree_walker(node, find_contents, context);
}

/* What columns an expression has, as deep in subqueries as the rewriting is. */
static Contents
contents_of(const Rewriting *rewriting, Node *node)
{
	Contents contents = {.source = rewriting->source, .levels = rewriting->levels};

	(void) find_contents(node, &contents);
	return contents;
}

/* Give the columns of the source the form that they have in definitions, and outer ones their level in the query. */
static Node *
to_definition(Node *node, void *context)
{
	const Rewriting *rewriting = context;

	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
		return copyObject(node);
	if (IsA(node, Var))
	{
		Var *var = copyObject(castNode(Var, node));

		if (var->varlevelsup == (Index) rewriting->levels && (Index) var->varno == rewriting->source)
			var->varno = 1;
		var->varlevelsup -= (Index) rewriting->levels;
		return (Node *) var;
	}
	return expression_tree_mutator(node, to_definition, context);
}

/* An expression with no columns but those of the source and outer ones, in the form of a definition. */
static Node *
convert(const Rewriting *rewriting, Node *node)
{
	node = to_definition(node, unconstify(Rewriting *, rewriting));
#if PG_VERSION_NUM >= 180000
	node = expand_generated_columns_in_expr(node, rewriting->relation, 1);
#endif
	return eval_const_expressions(NULL, node);
}

static bool
find_domain(Node *node, void *context)
{
	return node != NULL && (IsA(node, CoerceToDomain) || expression_tree_walker(node, find_domain, context));
}

/*
 * Do equal values of a key look the same, so that any expression of it is that of all its
 * answers?  What a domain allows may have changed since the answers were counted.
 */
static bool
is_plain_key(const CesRollupColumn *column)
{
	return column->kind == CES_ROLLUP_KEY && ces_rollup_is_image_equal(column) && !find_domain((Node *) column->expression, NULL);
}

/* The key that is an expression, or NULL. */
static Node *
find_key(Rewriting *rewriting, const Node *node)
{
	for (int i = 0; i < rewriting->definition->ncolumns; i++)
	{
		const CesRollupColumn *column = &rewriting->definition->columns[i];

		if (is_plain_key(column) && equal(column->expression, node))
			return (Node *) increment(rewriting, (AttrNumber) (i + 1));
	}
	return NULL;
}

/* What stands for the time of an answer */
typedef struct Substitution
{
	AttrNumber time;
	Node *replacement;
} Substitution;

static Node *
substitute_time(Node *node, void *context)
{
	const Substitution *substitution = context;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && castNode(Var, node)->varlevelsup == 0 && castNode(Var, node)->varattno == substitution->time)
		return (Node *) copyObject(substitution->replacement);
	return expression_tree_mutator(node, substitute_time, context);
}

/* Does the session's TimeZone, if a result depends on it, agree with that of the rest of the query? */
static bool
agrees_on_zone(const Rewriting *rewriting, const char *zone)
{
	return zone == NULL || rewriting->increments.zone == NULL || strcmp(zone, rewriting->increments.zone) == 0;
}

/* An expression of the time that has the same value in every unit that a key stands for; or NULL. */
static Node *
find_bucket(Rewriting *rewriting, Node *node)
{
	Bitmapset *columns = NULL;
	int column;

	if (checkExprHasSubLink(node))
		return NULL;
	pull_varattnos(node, 1, &columns);
	if (!bms_get_singleton_member(columns, &column))
		return NULL;
	for (int i = 0; i < rewriting->definition->ncolumns; i++)
	{
		const CesBucket *bucket = &rewriting->buckets[i];
		const char *zone = NULL;
		Substitution substitution;

		if (!rewriting->is_bucket[i] || bucket->time->varattno != column + FirstLowInvalidHeapAttributeNumber ||
			!ces_bucket_determines(bucket, node, &zone) || !agrees_on_zone(rewriting, zone) ||
			(zone != NULL && !OidIsValid(lookup_type_cache(exprType(node), TYPECACHE_EQ_OPR)->eq_opr)))
			continue;
		if (zone != NULL)
			rewriting->increments.zone = zone;
		substitution.time = bucket->time->varattno;
		if (zone != NULL)
		{
			substitution.replacement = (Node *) ces_bucket_start(bucket, (Expr *) stored_key(rewriting, i));
			return (Node *) computed_increment(rewriting, node, substitute_time(node, &substitution));
		}
		substitution.replacement = (Node *) ces_bucket_start(bucket, (Expr *) increment(rewriting, (AttrNumber) (i + 1)));
		return substitute_time(node, &substitution);
	}
	return NULL;
}

/* Has an expression in the form of a definition columns of the source? */
static bool
has_columns(Node *node)
{
	return contain_vars_of_level(node, 0);
}

/* The reason for which a key of time doesn't answer a query. */
static char *
describe_coarse_key(const Rewriting *rewriting, int key)
{
	const char *name = rollup_name(rewriting);
	const char *column = quote_identifier(rewriting->definition->columns[key].name);
	const char *time = quote_identifier(get_attname(rewriting->definition->source, rewriting->buckets[key].time->varattno, false));
	const char *zone = rewriting->buckets[key].zone;

	if (zone != NULL && strcmp(zone, pg_get_timezone_name(session_timezone)) != 0)
		return psprintf("key %s of %s does not determine what the query asks of column %s: ask in the time zone of the key, "
						"as after SET TimeZone = %s, or create a rollup with a finer key",
						column, name, time, quote_literal_cstr(zone));
	return psprintf("key %s of %s does not determine what the query asks of column %s: a rollup with a finer key would", column, name, time);
}

/* The reason for which a column can't be had from the rollup. */
static char *
describe_missing_column(const Rewriting *rewriting, const Var *var)
{
	const char *name = rollup_name(rewriting);

	if (var->varattno == 0)
		return psprintf("the query uses rows of table %s as a whole", ces_rollup_relation_name(rewriting->definition->source));
	for (int i = 0; i < rewriting->definition->ncolumns; i++)
	{
		const CesRollupColumn *column = &rewriting->definition->columns[i];

		if (column->kind == CES_ROLLUP_KEY && equal(column->expression, var))
			return psprintf("equal values of key %s of %s can look different", quote_identifier(column->name), name);
		if (rewriting->is_bucket[i] && rewriting->buckets[i].time->varattno == var->varattno)
			return describe_coarse_key(rewriting, i);
	}
	return psprintf("column %s is in no key of %s: create a rollup with it in GROUP BY",
					quote_identifier(get_attname(rewriting->definition->source, var->varattno, false)), name);
}

/* Has a node expressions without being one? */
static bool
is_container(const Node *node)
{
	return node != NULL && (IsA(node, List) || IsA(node, CaseWhen) || IsA(node, TargetEntry) || IsA(node, WindowClause));
}

/* Put keys in place of what they are, in an expression in the form of a definition. */
static Node *
put_keys(Node *node, void *context)
{
	Rewriting *rewriting = context;
	Node *replacement;

	if (is_container(node))
		return expression_tree_mutator(node, put_keys, context);
	if (node == NULL || !has_columns(node))
		return copyObject(node);
	replacement = find_key(rewriting, node);
	if (replacement == NULL)
		replacement = find_bucket(rewriting, node);
	if (replacement != NULL)
		return replacement;
	if (IsA(node, Var))
	{
		give_up(rewriting, describe_missing_column(rewriting, castNode(Var, node)));
		return copyObject(node);
	}
	return expression_tree_mutator(node, put_keys, context);
}

/* An expression in the form of a definition, back in the query, of keys. */
static Node *
from_definition(Rewriting *rewriting, Node *node)
{
	node = put_keys(node, rewriting);
	IncrementVarSublevelsUp(node, rewriting->levels, 0);
	rewriting->increments.only_answered |= ces_can_fail(node);
	return node;
}

/*
 * Aggregates
 */

/* The conditions that are joined by AND. BETWEEN beside others is an AND inside another. */
static List *
conjuncts(Node *condition)
{
	List *result = NIL;
	ListCell *cell;

	foreach (cell, make_ands_implicit((Expr *) condition))
	{
		if (is_andclause(lfirst(cell)))
			result = list_concat(result, conjuncts(lfirst(cell)));
		else
			result = lappend(result, lfirst(cell));
	}
	return result;
}

/* The conditions of a FILTER or of a WHERE clause. */
static List *
conditions_of(const Expr *condition)
{
	return conjuncts((Node *) copyObject(unconstify(Expr *, condition)));
}

static Node *rewrite_node(Node *node, void *context);

/* A score without the casts that can't change it. */
static const Node *
strip_casts(const Node *score)
{
	for (;;)
	{
		if (IsA(score, RelabelType))
			score = (const Node *) ((const RelabelType *) score)->arg;
		else if (IsA(score, FuncExpr))
		{
			switch (((const FuncExpr *) score)->funcid)
			{
				case F_INT4_INT2:
				case F_INT8_INT2:
				case F_INT8_INT4:
				case F_NUMERIC_INT2:
				case F_NUMERIC_INT4:
				case F_NUMERIC_INT8:
				case F_FLOAT8_INT2:
				case F_FLOAT8_INT4:
				case F_FLOAT8_INT8:
				case F_FLOAT8_FLOAT4:
				case F_FLOAT8_NUMERIC:
					score = linitial(((const FuncExpr *) score)->args);
					break;
				default:
					return score;
			}
		}
		else
			return score;
	}
}

/* Is a condition, in the form of a definition, that the score or the value that a column counts is not NULL? */
static bool
is_not_null_of(const Node *condition, const CesRollupColumn *column)
{
	const NullTest *test = (const NullTest *) condition;

	return column != NULL && column->expression != NULL && IsA(condition, NullTest) && test->nulltesttype == IS_NOT_NULL &&
		   equal(strip_casts((Node *) test->arg), strip_casts((Node *) column->expression));
}

/*
 * What remains of the FILTER of an aggregate once a column of the rollup has its own;
 * false if that has a condition which the aggregate has not.
 */
static bool
rest_of_filter(Rewriting *rewriting, const Aggref *call, const CesRollupColumn *column, List **rest)
{
	List *own = column == NULL ? NIL : conditions_of(column->filter);
	int found = 0;
	ListCell *cell;

	*rest = NIL;
	foreach (cell, conditions_of(call->aggfilter))
	{
		Node *condition = lfirst(cell);
		Contents contents = contents_of(rewriting, condition);
		Node *converted = contents.has_source && !contents.has_other ? convert(rewriting, condition) : NULL;

		if (converted != NULL && list_member(own, converted))
			found++;
		else if (converted == NULL || !is_not_null_of(converted, column))
			*rest = lappend(*rest, condition);
	}
	/* The other conditions keep the rest from errors. */
	if (found > 0 && (ces_can_fail((Node *) *rest) || checkExprHasSubLink((Node *) *rest)))
		*rest = conditions_of(call->aggfilter);
	return found >= list_length(own);
}

/* An aggregate over increments, with what remains of the FILTER. */
static Expr *
make_aggregate(Rewriting *rewriting, const Aggref *call, const char *name, Oid type, List *arguments, List *filter)
{
	Aggref *result = makeNode(Aggref);
	ListCell *cell;

	foreach (cell, arguments)
	{
		result->aggargtypes = lappend_oid(result->aggargtypes, exprType(lfirst(cell)));
		result->args = lappend(result->args, makeTargetEntry(lfirst(cell), (AttrNumber) (foreach_current_index(cell) + 1), NULL, false));
	}
	result->aggfnoid = ces_own_function(name, list_length(arguments), (Oid[]){exprType(linitial(arguments)), exprType(llast(arguments))});
	result->aggtype = type;
	result->aggfilter = filter == NIL ? NULL : (Expr *) rewrite_node((Node *) make_ands_explicit(filter), rewriting);
	result->aggkind = AGGKIND_NORMAL;
	result->agglevelsup = call->agglevelsup;
	result->aggsplit = AGGSPLIT_SIMPLE;
	result->aggno = -1;
	result->aggtransno = -1;
	result->location = call->location;
	return (Expr *) result;
}

/* A column of the increments, as an argument of an aggregate. */
static Expr *
make_argument(Rewriting *rewriting, AttrNumber attribute)
{
	Var *var = increment(rewriting, attribute);

	var->varlevelsup = (Index) rewriting->levels;
	return (Expr *) var;
}

/* A value, or 0 if it is NULL. */
static Expr *
or_zero(Expr *value)
{
	CoalesceExpr *coalesce = makeNode(CoalesceExpr);

	coalesce->coalescetype = INT8OID;
	coalesce->args = list_make2(value, makeConst(INT8OID, -1, InvalidOid, sizeof(int64), Int64GetDatum(0), false, FLOAT8PASSBYVAL));
	coalesce->location = -1;
	return (Expr *) coalesce;
}

/* The sum of a number of rows that increments have. */
static Expr *
make_sum(Rewriting *rewriting, const Aggref *call, AttrNumber attribute, List *filter)
{
	return or_zero(make_aggregate(rewriting, call, "_ces_sum", INT8OID, list_make1(make_argument(rewriting, attribute)), filter));
}

/* The tally of all answers in increments. */
static Expr *
make_tally(Rewriting *rewriting, const Aggref *call, int column, List *filter)
{
	const CesRollupColumn *tally = &rewriting->definition->columns[column];
	Expr *added = make_argument(rewriting, (AttrNumber) (column + 1));
	Expr *removed = make_argument(rewriting, tally->removed);

	return make_aggregate(rewriting, call, "ces_rollup", tally->type, list_make2(added, removed), filter);
}

/* A call of a function of the extension. */
static Expr *
make_call(const char *name, Oid type, List *arguments)
{
	Oid function = ces_own_function(name, list_length(arguments), (Oid[]){exprType(linitial(arguments)), exprType(llast(arguments))});

	return (Expr *) makeFuncExpr(function, type, arguments, InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

/* A plain argument of an aggregate, in the form of a definition; NULL if it has columns of other tables. */
static Node *
argument_of(Rewriting *rewriting, const Aggref *call, int argument)
{
	Node *node = (Node *) list_nth_node(TargetEntry, call->args, argument)->expr;

	return contents_of(rewriting, node).has_other ? NULL : convert(rewriting, node);
}

/* The scale on which an aggregate counts; false if it isn't constant. */
static bool
find_scale(Rewriting *rewriting, const Aggref *call, const char *name, CesScale *scale)
{
	const Const *constant;

	if (list_length(call->args) == 1)
		return ces_scale_parse(ces_default_scale_of(name), scale, NULL);
	constant = (const Const *) argument_of(rewriting, call, 1);
	if (constant == NULL || !IsA(constant, Const) || constant->constisnull)
		return false;
	*scale = DatumGetCesScale(constant->constvalue);
	return true;
}

/* The tally of a rollup that has the answers of an aggregate, or -1; and what remains of its FILTER. */
static int
find_tally(Rewriting *rewriting, const Aggref *call, const Node *score, const CesScale *scale, List **filter)
{
	bool has_score = false;
	bool has_scale = false;

	for (int i = 0; i < rewriting->definition->ncolumns; i++)
	{
		const CesRollupColumn *column = &rewriting->definition->columns[i];

		if (column->kind != CES_ROLLUP_TALLY || !equal(strip_casts((Node *) column->expression), strip_casts(score)))
			continue;
		has_score = true;
		if (scale != NULL)
		{
			CesScale own;

			if (column->scale_key >= 0)
				continue;
			own = DatumGetCesScale(castNode(Const, column->scale)->constvalue);
			if (own.worst != scale->worst || own.best != scale->best)
				continue;
		}
		has_scale = true;
		if (rest_of_filter(rewriting, call, column, filter))
			return i;
	}
	if (scale == NULL)
		return -1;
	if (!has_score)
		give_up(rewriting, psprintf("%s has no tally of what %s counts: create a rollup with one", rollup_name(rewriting), get_func_name(call->aggfnoid)));
	else if (!has_scale)
		give_up(rewriting, psprintf("%s has no tally on the scale %s of what %s counts: create a rollup with one", rollup_name(rewriting),
									ces_scale_range_text(*scale), get_func_name(call->aggfnoid)));
	else
		give_up(rewriting, psprintf("the tally of %s that %s needs has a FILTER of its own", rollup_name(rewriting), get_func_name(call->aggfnoid)));
	return -1;
}

/* An aggregate of the extension. */
static Expr *
rewrite_metric(Rewriting *rewriting, const Aggref *call, const char *name)
{
	Node *score = argument_of(rewriting, call, 0);
	CesScale scale;
	const Const *own_scale;
	List *filter;
	int column;
	Expr *tally;

	if (score == NULL || !has_columns(score))
	{
		give_up(rewriting, psprintf("%s counts what is not in the table of answers", name));
		return NULL;
	}
	if (!find_scale(rewriting, call, name, &scale))
	{
		give_up(rewriting, psprintf("the scale of %s is not constant", name));
		return NULL;
	}
	column = find_tally(rewriting, call, score, &scale, &filter);
	if (column < 0)
		return NULL;
	tally = make_tally(rewriting, call, column, filter);
	own_scale = castNode(Const, rewriting->definition->columns[column].scale);
	if (!ces_scale_equals(scale, DatumGetCesScale(own_scale->constvalue)))
	{
		Const *wanted = copyObject(unconstify(Const *, own_scale));

		wanted->constvalue = CesScaleGetDatum(scale);
		tally = make_call("_ces_tally_on_scale", exprType((Node *) tally), list_make2(tally, wanted));
	}
	return strcmp(name, "ces_tally") == 0 ? tally : make_call(name, call->aggtype, list_make1(tally));
}

/* Is an expression a column that can't be NULL? */
static bool
is_never_null(const Rewriting *rewriting, const Node *node)
{
	AttrNumber attribute = IsA(node, Var) ? ((const Var *) node)->varattno : 0;

	if (attribute <= 0)
		return IsA(node, Const) && !((const Const *) node)->constisnull;
#if PG_VERSION_NUM >= 180000
	return TupleDescCompactAttr(RelationGetDescr(rewriting->relation), attribute - 1)->attnullability == ATTNULLABLE_VALID;
#else
	return TupleDescAttr(RelationGetDescr(rewriting->relation), attribute - 1)->attnotnull;
#endif
}

/* count(*), with conditions. */
static Expr *
count_rows(Rewriting *rewriting, const Aggref *call, List *filter)
{
	return make_sum(rewriting, call, rewriting->definition->rows, filter);
}

/* The column of the rollup that counts what an aggregate counts, or -1: x, or rows if it is NULL. */
static int
find_count(Rewriting *rewriting, const Aggref *call, const Node *counted, List **filter)
{
	for (int i = 0; i < rewriting->definition->ncolumns; i++)
	{
		const CesRollupColumn *column = &rewriting->definition->columns[i];

		if (column->kind == CES_ROLLUP_COUNT && column->filter != NULL && equal(column->expression, counted) &&
			rest_of_filter(rewriting, call, column, filter))
			return i;
	}
	for (int i = 0; counted != NULL && i < rewriting->definition->ncolumns; i++)
	{
		const CesRollupColumn *column = &rewriting->definition->columns[i];

		if (column->kind == CES_ROLLUP_COUNT && column->filter == NULL && equal(column->expression, counted))
		{
			(void) rest_of_filter(rewriting, call, column, filter);
			return i;
		}
	}
	return -1;
}

/* count(x): of what the rollup counts, of scores that it tallies, of keys, and of other tables. */
static Expr *
rewrite_count(Rewriting *rewriting, const Aggref *call)
{
	Node *argument = call->args == NIL ? NULL : (Node *) linitial_node(TargetEntry, call->args)->expr;
	Node *counted = NULL;
	List *filter;
	NullTest *test;
	int column;

	if (argument != NULL && contents_of(rewriting, argument).has_source && !contents_of(rewriting, argument).has_other)
		counted = convert(rewriting, argument);
	if (argument == NULL || counted != NULL)
	{
		column = find_count(rewriting, call, counted, &filter);
		if (column >= 0)
			return make_sum(rewriting, call, (AttrNumber) (column + 1), filter);
	}
	if (argument == NULL || (counted != NULL && is_never_null(rewriting, counted)))
		return count_rows(rewriting, call, conditions_of(call->aggfilter));
	if (counted != NULL)
	{
		column = find_tally(rewriting, call, counted, NULL, &filter);
		if (column >= 0)
			return or_zero(make_call("ces_count", INT8OID, list_make1(make_tally(rewriting, call, column, filter))));
	}
	if (type_is_rowtype(exprType(argument)))
		give_up(rewriting, psprintf("%s has no count of what the query counts", rollup_name(rewriting)));
	test = makeNode(NullTest);
	test->arg = (Expr *) argument;
	test->nulltesttype = IS_NOT_NULL;
	test->location = -1;
	return count_rows(rewriting, call, lappend(conditions_of(call->aggfilter), test));
}

/* An aggregate of the query. */
static Node *
rewrite_aggregate(Rewriting *rewriting, const Aggref *call)
{
	const char *name = ces_aggregate_name(call);
	Expr *result = NULL;

	if (call->aggdistinct != NIL || call->aggorder != NIL)
		give_up(rewriting, psprintf("aggregate %s has %s", get_func_name(call->aggfnoid), call->aggdistinct != NIL ? "DISTINCT" : "ORDER BY"));
	else if (call->aggfnoid == F_COUNT_ || call->aggfnoid == F_COUNT_ANY)
		result = rewrite_count(rewriting, call);
	else if (name == NULL)
		give_up(rewriting, psprintf("aggregate %s cannot be had from tallies%s", get_func_name(call->aggfnoid),
									strcmp(get_func_name(call->aggfnoid), "avg") == 0 ? ": ces_mean can" : ""));
	else
		result = rewrite_metric(rewriting, call, name);
	return result == NULL ? (Node *) copyObject(unconstify(Aggref *, call)) : (Node *) result;
}

/*
 * The rest of the query
 */

/* Rewrite any part of the query but its FROM. */
static Node *
rewrite_node(Node *node, void *context)
{
	Rewriting *rewriting = context;
	Contents contents;

	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
	{
		Node *result;

		rewriting->levels++;
		result = (Node *) query_tree_mutator(castNode(Query, node), rewrite_node, context, QTW_IGNORE_JOINALIASES);
		rewriting->levels--;
		return result;
	}
	if (IsA(node, Aggref) && castNode(Aggref, node)->agglevelsup == (Index) rewriting->levels)
		return rewrite_aggregate(rewriting, castNode(Aggref, node));
	if (is_container(node))
		return expression_tree_mutator(node, rewrite_node, context);
	contents = contents_of(rewriting, node);
	if (!contents.has_source && !contents.has_other)
		return copyObject(node);
	if (contents.has_source && !contents.has_other)
		return from_definition(rewriting, convert(rewriting, node));
	if (contents.has_source && !contain_aggs_of_level(node, rewriting->levels))
		rewriting->increments.only_answered |= ces_node_can_fail(node);
	return expression_tree_mutator(node, rewrite_node, context);
}

/* Is a key one that stands for a time which is no key itself, and so can have bounds? */
static bool
can_have_bounds(const Rewriting *rewriting, int column)
{
	if (!rewriting->is_bucket[column])
		return false;
	for (int i = 0; i < rewriting->definition->ncolumns; i++)
	{
		const CesRollupColumn *key = &rewriting->definition->columns[i];

		if (is_plain_key(key) && equal(key->expression, rewriting->buckets[column].time))
			return false;
	}
	return true;
}

/* The key of which a condition is a bound, the one with the shortest units if several are; or -1. */
static int
find_bounded_key(Rewriting *rewriting, Node *condition, CesTimeBound *bound, const char **zone)
{
	int found = -1;

	for (int i = 0; i < rewriting->definition->ncolumns; i++)
	{
		const CesBucket *bucket = &rewriting->buckets[i];
		const char *zone_needed = NULL;
		CesTimeBound read;

		if (!can_have_bounds(rewriting, i) || (found >= 0 && rewriting->buckets[found].unit <= bucket->unit) ||
			(rewriting->increments.bucket != NULL && rewriting->increments.bucket != bucket) ||
			!ces_bucket_read_bound(bucket, condition, &read, &zone_needed) || !agrees_on_zone(rewriting, zone_needed))
			continue;
		found = i;
		*bound = read;
		*zone = zone_needed;
	}
	return found;
}

/* Is a condition one on the time that a key stands for?  If so, it is a bound from now on. */
static bool
is_bound(Rewriting *rewriting, Node *condition)
{
	CesIncrements *increments = &rewriting->increments;
	CesTimeBound *bound = palloc(sizeof(CesTimeBound));
	const char *zone = NULL;
	int key = find_bounded_key(rewriting, condition, bound, &zone);

	if (key < 0)
		return false;
	if (zone != NULL)
		increments->zone = zone;
	increments->bucket = &rewriting->buckets[key];
	increments->bucket_key = (AttrNumber) (key + 1);
	increments->bounds = lappend(increments->bounds, bound);
	increments->conditions = lappend(increments->conditions, condition);
	return true;
}

/* Note the times that a condition leaves, whatever becomes of it. */
static void
narrow_buckets(Rewriting *rewriting, Node *condition)
{
	for (int i = 0; i < rewriting->definition->ncolumns; i++)
	{
		CesTimeBound bound;
		const char *zone = NULL;

		if (rewriting->is_bucket[i] && ces_bucket_read_bound(&rewriting->buckets[i], condition, &bound, &zone) && zone == NULL)
			ces_bucket_narrow(&rewriting->buckets[i], &bound);
	}
}

/*
 * Rewrite conditions by which rows of the query are chosen.  Those of the rollup itself
 * are left out; which of them were found is noted.
 */
static Node *
rewrite_conditions(Rewriting *rewriting, Node *conditions, List **found)
{
	List *own = conditions_of(rewriting->definition->where);
	List *others = NIL;
	ListCell *cell;

	foreach (cell, conjuncts(conditions))
	{
		Contents contents = contents_of(rewriting, lfirst(cell));

		if (contents.has_source && !contents.has_other)
			narrow_buckets(rewriting, convert(rewriting, lfirst(cell)));
	}
	foreach (cell, conjuncts(conditions))
	{
		Node *condition = lfirst(cell);
		Contents contents = contents_of(rewriting, condition);

		if (contents.has_source && !contents.has_other)
		{
			Node *converted = convert(rewriting, condition);

			if (list_member(own, converted))
			{
				*found = lappend(*found, converted);
				continue;
			}
			/* As a bound, it is a condition on the key itself, which an index may have. */
			if (is_bound(rewriting, converted))
				continue;
		}
		others = lappend(others, condition);
	}
	/* Bounds help to understand what else is said of the time. */
	foreach (cell, others)
		lfirst(cell) = rewrite_node(lfirst(cell), rewriting);
	return others == NIL ? NULL : (Node *) make_ands_explicit(others);
}

/* Is the table of answers in this part of FROM? */
static bool
has_source(const Rewriting *rewriting, const Node *from)
{
	ListCell *cell;

	if (IsA(from, RangeTblRef))
		return (Index) ((const RangeTblRef *) from)->rtindex == rewriting->source;
	if (IsA(from, JoinExpr))
		return has_source(rewriting, ((const JoinExpr *) from)->larg) || has_source(rewriting, ((const JoinExpr *) from)->rarg);
	foreach (cell, ((const FromExpr *) from)->fromlist)
	{
		if (has_source(rewriting, lfirst(cell)))
			return true;
	}
	return false;
}

/* Rewrite FROM and WHERE.  The table of answers must not be where an outer join may leave it out. */
static Node *
rewrite_from(Rewriting *rewriting, Node *from, List **found)
{
	check_stack_depth();
	if (IsA(from, RangeTblRef))
	{
		RangeTblRef *reference = copyObject(castNode(RangeTblRef, from));

		if ((Index) reference->rtindex == rewriting->source)
			reference->rtindex = (int) rewriting->increments_index;
		return (Node *) reference;
	}
	if (IsA(from, JoinExpr))
	{
		JoinExpr *join = copyObject(castNode(JoinExpr, from));
		bool is_left = has_source(rewriting, join->larg);
		bool is_here = is_left || has_source(rewriting, join->rarg);

		if (is_here && join->jointype != JOIN_INNER && join->jointype != (is_left ? JOIN_LEFT : JOIN_RIGHT))
			give_up(rewriting, psprintf("an outer join can add rows without an answer from %s", ces_rollup_relation_name(rewriting->definition->source)));
		join->larg = rewrite_from(rewriting, join->larg, found);
		join->rarg = rewrite_from(rewriting, join->rarg, found);
		if (is_here && join->jointype == JOIN_INNER)
			join->quals = rewrite_conditions(rewriting, join->quals, found);
		else
			join->quals = rewrite_node(join->quals, rewriting);
		return (Node *) join;
	}
	else
	{
		FromExpr *result = makeNode(FromExpr);
		ListCell *cell;

		foreach (cell, castNode(FromExpr, from)->fromlist)
			result->fromlist = lappend(result->fromlist, rewrite_from(rewriting, lfirst(cell), found));
		if (has_source(rewriting, from))
			result->quals = rewrite_conditions(rewriting, castNode(FromExpr, from)->quals, found);
		else
			result->quals = rewrite_node(castNode(FromExpr, from)->quals, rewriting);
		return (Node *) result;
	}
}

/* Does the query choose no more answers than the rollup has? */
static void
check_where(Rewriting *rewriting, const List *found)
{
	ListCell *cell;

	foreach (cell, conditions_of(rewriting->definition->where))
	{
		if (!list_member(found, lfirst(cell)))
		{
			give_up(rewriting, psprintf("%s counts only some answers: the query does not have all its conditions after WHERE", rollup_name(rewriting)));
			return;
		}
	}
}

/* All arguments of GROUP BY, as GROUPING(...). */
static Expr *
make_grouping(Query *query)
{
	GroupingFunc *grouping = makeNode(GroupingFunc);
	ListCell *cell;

	foreach (cell, query->groupClause)
	{
		const SortGroupClause *clause = lfirst(cell);

		grouping->args = lappend(grouping->args, copyObject(get_sortgroupclause_expr(unconstify(SortGroupClause *, clause), query->targetList)));
		grouping->refs = lappend_int(grouping->refs, (int) clause->tleSortGroupRef);
	}
	grouping->location = -1;
#if PG_VERSION_NUM >= 180000
	if (query->hasGroupRTE)
		grouping->args = (List *) flatten_group_exprs(NULL, query, (Node *) grouping->args);
#endif
	return (Expr *) grouping;
}

/* Is a group one of all rows, which is there even if there are none? */
static Expr *
make_is_of_all_rows(Query *query)
{
	int keys = list_length(query->groupClause);
	Const *all = makeConst(INT4OID, -1, InvalidOid, sizeof(int32), Int32GetDatum((int32) ((UINT64CONST(1) << keys) - 1)), false, true);
	OpExpr *comparison = (OpExpr *) make_opclause(Int4EqualOperator, BOOLOID, false, make_grouping(query), (Expr *) all, InvalidOid, InvalidOid);

	set_opfuncid(comparison);
	return (Expr *) comparison;
}

/*
 * A group is there if it has answers: what was added may all have been removed again.
 * Only the group of all rows is always there.
 */
static void
add_having(Rewriting *rewriting, Query *query)
{
	Aggref *call = makeNode(Aggref);
	int keys = list_length(query->groupClause);
	Expr *condition;

	if (keys == 0)
		return;
	call->location = -1;
	condition = ces_make_is_not_zero(count_rows(rewriting, call, NIL));
	if (query->groupingSets != NIL)
	{
		if (keys > MAX_GROUPING_ARGUMENTS)
			give_up(rewriting, pstrdup("the query has too many grouping expressions"));
		else
			condition = make_orclause(list_make2(condition, make_is_of_all_rows(query)));
	}
	query->havingQual = (Node *) make_ands_explicit(lcons(condition, make_ands_implicit((Expr *) query->havingQual)));
}

/*
 * Has this part of HAVING a part that can fail and has no aggregate?  PostgreSQL moves conditions
 * without aggregates to WHERE, also out of others.  From 18 on, keys in HAVING are columns of GROUP
 * BY, in which nothing is seen of the answers.
 */
static bool
having_can_fail(Node *node, void *context)
{
	if (node == NULL || IsA(node, Aggref))
		return false;
	if (!contain_aggs_of_level(node, 0))
		return ces_can_fail(node);
	return expression_tree_walker(node, having_can_fail, context);
}

/* What stands in FROM for the table of answers. */
static RangeTblEntry *
make_increments(Rewriting *rewriting, const Query *query)
{
	RangeTblEntry *entry = makeNode(RangeTblEntry);
	List *names = NIL;
	ListCell *cell;

	entry->rtekind = RTE_SUBQUERY;
	if (rewriting->increments.only_answered)
		(void) increment(rewriting, rewriting->definition->rows);
	entry->subquery = ces_increments_query(&rewriting->increments);
	IncrementVarSublevelsUp((Node *) entry->subquery, 1, 1);
	foreach (cell, entry->subquery->targetList)
		names = lappend(names, makeString(pstrdup(lfirst_node(TargetEntry, cell)->resname)));
	entry->eref = makeAlias(rt_fetch(rewriting->source, query->rtable)->eref->aliasname, names);
	entry->inFromCl = true;
	/* A condition that can fail must not be pushed down to where there are keys without answers. */
	entry->security_barrier = rewriting->increments.only_answered;
	return entry;
}

/* Find which keys stand for units of time. */
static void
find_buckets(Rewriting *rewriting)
{
	int ncolumns = rewriting->definition->ncolumns;

	rewriting->buckets = palloc0_array(CesBucket, ncolumns);
	rewriting->is_bucket = palloc0_array(bool, ncolumns);
	for (int i = 0; i < ncolumns; i++)
	{
		const CesRollupColumn *column = &rewriting->definition->columns[i];

		rewriting->is_bucket[i] = is_plain_key(column) && ces_bucket_read(column->expression, &rewriting->buckets[i]);
	}
}

/* Put columns of tables in place of those of joins that are them. */
static void
expand_join_columns(Query *query)
{
	query->targetList = (List *) ces_flatten_join_alias_vars(query, (Node *) query->targetList);
	query->havingQual = ces_flatten_join_alias_vars(query, query->havingQual);
	query->jointree = (FromExpr *) ces_flatten_join_alias_vars(query, (Node *) query->jointree);
#if PG_VERSION_NUM >= 180000
	foreach_node(RangeTblEntry, entry, query->rtable)
	{
		if (entry->rtekind == RTE_GROUP)
			entry->groupexprs = (List *) ces_flatten_join_alias_vars(query, (Node *) entry->groupexprs);
	}
#endif
}

/*
 * The query with a rollup in place of the table of answers, which is entry "source" of
 * its range table and stays there for its permissions; or NULL and the reason why the
 * rollup can't answer it.  Bucket_key is the key that stands for the time that has bounds.
 */
Query *
ces_rollup_rewrite(const Query *block, Index source, Relation relation, const CesCachedRollup *cached,
				   AttrNumber *bucket_key, char **reason)
{
	Query *query = copyObject(unconstify(Query *, block));
	Rewriting rewriting = {.cached = cached, .definition = cached->definition, .relation = relation, .source = source};
	List *found = NIL;

	rewriting.increments.cached = cached;
	rewriting.increments_index = (Index) list_length(query->rtable) + 1;
	find_buckets(&rewriting);
	expand_join_columns(query);
	query->jointree = castNode(FromExpr, rewrite_from(&rewriting, (Node *) query->jointree, &found));
	check_where(&rewriting, found);
	query->rtable = range_table_mutator(query->rtable, rewrite_node, &rewriting, QTW_IGNORE_JOINALIASES);
	query->targetList = (List *) rewrite_node((Node *) query->targetList, &rewriting);
	query->havingQual = rewrite_node(query->havingQual, &rewriting);
	rewriting.increments.only_answered |= having_can_fail(query->havingQual, NULL);
	add_having(&rewriting, query);
	*reason = rewriting.reason;
	*bucket_key = rewriting.increments.bucket_key;
	if (rewriting.reason != NULL)
		return NULL;
	query->rtable = lappend(query->rtable, make_increments(&rewriting, query));
	return query;
}
