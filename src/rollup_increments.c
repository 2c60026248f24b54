/*-------------------------------------------------------------------------
 *
 * rollup_increments.c
 *	  The subquery that stands for the table of answers in a rewritten query.
 *
 * It is a UNION ALL of what the rollup has and what must still be read from the answers:
 *
 *	- the store and the deltas, as far as their keys stand for whole units of time within
 *	  the bounds of the query;
 *	- the answers at the edges, between the bounds and the whole units;
 *	- all answers within the bounds, if the rollup turns out not to be current when the
 *	  plan is executed.  Otherwise nothing of this part is read.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_oper.h"
#include "parser/parse_relation.h"
#include "rewrite/rewriteManip.h"
#include "rollup_planner.h"
#include "storage/lockdefs.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

/*
 * Expressions
 */

/* A constant regclass. */
static Expr *
make_regclass(Oid relation)
{
	return (Expr *) makeConst(REGCLASSOID, -1, InvalidOid, sizeof(Oid), ObjectIdGetDatum(relation), false, true);
}

/* The function that says whether a rollup is current; InvalidOid if the script that is installed is older than the library. */
Oid
ces_is_current_function(void)
{
	const Oid types[] = {REGCLASSOID, REGCLASSOID, TEXTOID};

	return ces_own_function("_ces_rollup_is_current", 3, types);
}

/* Is the rollup current?  Asked once for each execution. */
static Node *
make_is_current(const CesIncrements *increments)
{
	Expr *zone;

	if (increments->zone == NULL)
		zone = (Expr *) makeNullConst(TEXTOID, -1, DEFAULT_COLLATION_OID);
	else
		zone = (Expr *) makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1, CStringGetTextDatum(increments->zone), false, false);
	return (Node *) makeFuncExpr(ces_is_current_function(), BOOLOID,
								 list_make3(make_regclass(increments->cached->rollup->delta), make_regclass(increments->cached->definition->source), zone),
								 InvalidOid, DEFAULT_COLLATION_OID, COERCE_EXPLICIT_CALL);
}

/*
 * The deltas of the rollup that a condition asks whether it is current, or InvalidOid; and
 * whether the condition is that it is not.
 */
Oid
ces_delta_of_condition(const Node *condition, bool *is_fallback)
{
	const FuncExpr *call;

	*is_fallback = is_notclause(condition);
	call = (const FuncExpr *) (*is_fallback ? (const Node *) get_notclausearg(condition) : condition);
	if (!IsA(call, FuncExpr) || list_length(call->args) != 3 ||
		call->funcid != ces_is_current_function())
		return InvalidOid;
	return IsA(linitial(call->args), Const) ? DatumGetObjectId(linitial_node(Const, call->args)->constvalue) : InvalidOid;
}

/* A comparison of two values of one type. */
static Node *
make_comparison(StrategyNumber strategy, Expr *left, Expr *right)
{
	Oid type = exprType((Node *) left);
	const TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY);
	Oid operator= get_opfamily_member(entry->btree_opf, type, type, (int16) strategy);
	OpExpr *comparison = (OpExpr *) make_opclause(operator, BOOLOID, false, left, right, InvalidOid, InvalidOid);

	set_opfuncid(comparison);
	return (Node *) comparison;
}

/* Is a number of rows another than 0? */
Expr *
ces_make_is_not_zero(Expr *rows)
{
	Const *zero = makeConst(INT8OID, -1, InvalidOid, sizeof(int64), Int64GetDatum(0), false, FLOAT8PASSBYVAL);
	Oid equal = lookup_type_cache(INT8OID, TYPECACHE_EQ_OPR)->eq_opr;
	OpExpr *comparison = (OpExpr *) make_opclause(get_negator(equal), BOOLOID, false, rows, (Expr *) zero, InvalidOid, InvalidOid);

	set_opfuncid(comparison);
	return (Expr *) comparison;
}

/* GREATEST or LEAST. */
static Expr *
make_extreme(MinMaxOp op, List *values)
{
	MinMaxExpr *extreme;

	if (list_length(values) == 1)
		return linitial(values);
	extreme = makeNode(MinMaxExpr);
	extreme->minmaxtype = exprType(linitial(values));
	extreme->op = op;
	extreme->args = values;
	extreme->location = -1;
	return (Expr *) extreme;
}

/*
 * A value that has no columns of the query, computed once for each execution and not for
 * each row: as a subquery.
 */
static Expr *
make_once(Expr *value)
{
	SubLink *subquery;
	Query *query;

	if (IsA(value, Const) || IsA(value, Param) || IsA(value, SubLink))
		return value;
	query = makeNode(Query);
	query->commandType = CMD_SELECT;
	query->querySource = QSRC_ORIGINAL;
	query->jointree = makeFromExpr(NIL, NULL);
	query->targetList = list_make1(makeTargetEntry(copyObject(value), 1, pstrdup("value"), false));
	IncrementVarSublevelsUp((Node *) query->targetList, 1, 1);
	query->hasSubLinks = checkExprHasSubLink((Node *) query->targetList);
	subquery = makeNode(SubLink);
	subquery->subLinkType = EXPR_SUBLINK;
	subquery->subselect = (Node *) query;
	subquery->location = -1;
	return (Expr *) subquery;
}

/*
 * Bounds
 */

/* The conditions that are the bounds, with what the time is compared with computed once. */
static List *
bounding_conditions(const CesIncrements *increments)
{
	List *conditions = copyObject(increments->conditions);
	ListCell *cell;
	ListCell *argument;

	foreach (cell, conditions)
	{
		foreach (argument, lfirst_node(OpExpr, cell)->args)
		{
			if (!contain_vars_of_level(lfirst(argument), 0))
				lfirst(argument) = make_once(lfirst(argument));
		}
	}
	return conditions;
}

/* The border next to a bound, in its simplest form. */
static Expr *
border_of(const CesIncrements *increments, const CesTimeBound *bound, bool up)
{
	return (Expr *) eval_const_expressions(NULL, (Node *) ces_bucket_border(increments->bucket, bound, up));
}

/* Borders next to all lower or all upper bounds, as times. */
static List *
borders_of(const CesIncrements *increments, bool lower, bool up)
{
	List *borders = NIL;
	ListCell *cell;

	foreach (cell, increments->bounds)
	{
		const CesTimeBound *bound = lfirst(cell);

		if (bound->is_lower == lower)
			borders = lappend(borders, make_once(ces_bucket_border_as_time(increments->bucket, border_of(increments, bound, up))));
	}
	return borders;
}

/* Do all lower, or all upper, bounds lie on borders, for all that can be known now? */
static bool
are_aligned(const CesIncrements *increments, bool lower)
{
	ListCell *cell;

	foreach (cell, increments->bounds)
	{
		const CesTimeBound *bound = lfirst(cell);
		Expr *up = border_of(increments, bound, true);

		if (bound->is_lower == lower && !(IsA(up, Const) && equal(up, border_of(increments, bound, false))))
			return false;
	}
	return true;
}

/* The column with the time, in a part that reads the answers. */
static Expr *
make_time_column(const CesIncrements *increments)
{
	return (Expr *) copyObject(increments->bucket->time);
}

/* A border, or infinity if there is none since nothing is later. */
static Expr *
or_infinity(Expr *border)
{
	CoalesceExpr *coalesce = makeNode(CoalesceExpr);
	Oid type = exprType((Node *) border);
	Datum infinity = type == DATEOID ? DateADTGetDatum(DATEVAL_NOEND) : TimestampGetDatum(DT_NOEND);
	Const *constant = makeConst(type, -1, InvalidOid, type == DATEOID ? sizeof(DateADT) : sizeof(Timestamp), infinity, false, type == DATEOID || FLOAT8PASSBYVAL);

	coalesce->coalescetype = type;
	coalesce->args = list_make2(border, constant);
	coalesce->location = -1;
	return (Expr *) eval_const_expressions(NULL, (Node *) coalesce);
}

/*
 * Is a bound a condition on something else than the column itself?  Then a condition of the
 * same kind on the column helps to find its index.
 */
static bool
is_indirect(const CesIncrements *increments, int bound)
{
	ListCell *cell;

	foreach (cell, list_nth_node(OpExpr, increments->conditions, bound)->args)
	{
		if (equal(lfirst(cell), increments->bucket->time))
			return false;
	}
	return true;
}

/* Conditions on the column that keep it near bounds: within the unit that each of them is in. */
static List *
keep_near_bounds(const CesIncrements *increments, bool lower)
{
	List *conditions = NIL;
	ListCell *cell;

	foreach (cell, increments->bounds)
	{
		const CesTimeBound *bound = lfirst(cell);
		Expr *border;

		if (bound->is_lower != lower || !is_indirect(increments, foreach_current_index(cell)))
			continue;
		border = ces_bucket_border_as_time(increments->bucket, border_of(increments, bound, !lower));
		conditions = lappend(conditions, make_comparison(lower ? BTGreaterEqualStrategyNumber : BTLessEqualStrategyNumber,
														 make_time_column(increments), make_once(lower ? border : or_infinity(border))));
	}
	return conditions;
}

/* The answers between the lower bounds and the first whole unit; NULL if there can be none. */
static Node *
make_lower_edge(const CesIncrements *increments)
{
	Expr *first_whole;

	if (are_aligned(increments, true))
		return NULL;
	first_whole = make_extreme(IS_GREATEST, borders_of(increments, true, true));
	return (Node *) make_ands_explicit(lcons(make_comparison(BTLessStrategyNumber, make_time_column(increments), first_whole),
											 keep_near_bounds(increments, true)));
}

/* Those between the last whole unit and the upper bounds that aren't at the lower edge. */
static Node *
make_upper_edge(const CesIncrements *increments)
{
	List *first_wholes = borders_of(increments, true, true);
	Expr *end_of_wholes;
	List *conditions;

	if (are_aligned(increments, false))
		return NULL;
	end_of_wholes = make_extreme(IS_LEAST, borders_of(increments, false, false));
	conditions = list_make1(make_comparison(BTGreaterEqualStrategyNumber, make_time_column(increments), end_of_wholes));
	if (first_wholes != NIL)
		conditions = lappend(conditions, make_comparison(BTGreaterEqualStrategyNumber, make_time_column(increments),
														 make_extreme(IS_GREATEST, first_wholes)));
	return (Node *) make_ands_explicit(list_concat(conditions, keep_near_bounds(increments, false)));
}

/* The keys that stand for whole units within the bounds. */
static List *
make_whole_units(const CesIncrements *increments, Var *key)
{
	List *conditions = NIL;
	ListCell *cell;

	foreach (cell, increments->bounds)
	{
		const CesTimeBound *bound = lfirst(cell);
		Expr *border = ces_bucket_border_as_key(increments->bucket, border_of(increments, bound, bound->is_lower));

		conditions = lappend(conditions, make_comparison(bound->is_lower ? BTGreaterEqualStrategyNumber : BTLessStrategyNumber,
														 (Expr *) copyObject(key), make_once(border)));
	}
	return conditions;
}

/*
 * Parts
 */

/* A table in FROM. */
static RangeTblEntry *
make_table(Oid table, Oid named)
{
	RangeTblEntry *entry = makeNode(RangeTblEntry);
	Relation relation = table_open(table, NoLock);
	List *names = NIL;

	for (int i = 0; i < RelationGetNumberOfAttributes(relation); i++)
		names = lappend(names, makeString(pstrdup(NameStr(TupleDescAttr(RelationGetDescr(relation), i)->attname))));
	entry->rtekind = RTE_RELATION;
	entry->relid = table;
	entry->relkind = relation->rd_rel->relkind;
	entry->rellockmode = AccessShareLock;
	entry->inh = relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
	entry->inFromCl = true;
	entry->alias = OidIsValid(named) ? makeAlias(get_rel_name(named), NIL) : NULL;
	entry->eref = makeAlias(OidIsValid(named) ? get_rel_name(named) : RelationGetRelationName(relation), names);
	table_close(relation, NoLock);
	return entry;
}

/* A query of one table with conditions.  The user's permissions are those of the query that it is put in. */
static Query *
make_query(RangeTblEntry *entry, List *conditions)
{
	Query *query = makeNode(Query);
	RangeTblRef *reference = makeNode(RangeTblRef);

	reference->rtindex = 1;
	query->commandType = CMD_SELECT;
	query->querySource = QSRC_ORIGINAL;
	query->rtable = list_make1(entry);
	query->jointree = makeFromExpr(list_make1(reference), (Node *) make_ands_explicit(conditions));
	query->hasSubLinks = checkExprHasSubLink(query->jointree->quals);
	ces_permit_reading(query, entry);
	return query;
}

/* A column of the increments that is computed; its number is negative. */
static const CesComputedColumn *
computed(const CesIncrements *increments, int attribute)
{
	return list_nth(increments->computed, -attribute - 1);
}

/* The name of a column of the increments. */
static char *
name_of(const CesIncrements *increments, int attribute)
{
	if (attribute < 0)
		return psprintf("computed_%d", -attribute);
	return get_attname(increments->cached->rollup->delta, (AttrNumber) attribute, false);
}

/* A column of the store or the deltas. */
static Var *
make_column(Oid table, AttrNumber attribute)
{
	Oid type;
	int32 typmod;
	Oid collation;

	get_atttypetypmodcoll(table, attribute, &type, &typmod, &collation);
	return makeVar(1, attribute, type, typmod, collation, 0);
}

/* Does an increment belong to a partition that the source has? */
static Node *
make_is_partition(const CesIncrements *increments, Oid table)
{
	const Oid types[] = {REGCLASSOID, REGCLASSOID};
	const CesRollupDefinition *definition = increments->cached->definition;

	return (Node *) makeFuncExpr(ces_own_function("_ces_rollup_is_partition", 2, types), BOOLOID,
								 list_make2(make_regclass(definition->source), make_column(table, definition->part)),
								 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

/* The increments of the store or of the deltas. */
static Query *
query_of_table(const CesIncrements *increments, Oid table)
{
	const CesCachedRollup *cached = increments->cached;
	List *conditions = list_make1(make_is_current(increments));
	Query *query;
	ListCell *cell;

	if (increments->bucket != NULL)
		conditions = list_concat(conditions, make_whole_units(increments, make_column(table, increments->bucket_key)));
	if (cached->definition->partitioned)
		conditions = lappend(conditions, make_is_partition(increments, table));
	query = make_query(make_table(table, cached->rollup->view), conditions);
	foreach (cell, increments->attributes)
	{
		int attribute = lfirst_int(cell);
		Expr *expression = attribute < 0 ? copyObject(computed(increments, attribute)->of_rollup) : (Expr *) make_column(table, (AttrNumber) attribute);

		query->targetList = lappend(query->targetList, makeTargetEntry(expression, (AttrNumber) (list_length(query->targetList) + 1),
																	   name_of(increments, attribute), false));
	}
	return query;
}

/* A call of an aggregate. */
static Expr *
make_aggregate(Oid function, Oid type, List *arguments, Expr *filter)
{
	Aggref *call = makeNode(Aggref);
	ListCell *cell;

	call->aggfnoid = function;
	call->aggtype = type;
	foreach (cell, arguments)
	{
		call->aggargtypes = lappend_oid(call->aggargtypes, exprType(lfirst(cell)));
		call->args = lappend(call->args, makeTargetEntry(lfirst(cell), (AttrNumber) (foreach_current_index(cell) + 1), NULL, false));
	}
	call->aggfilter = copyObject(filter);
	call->aggkind = AGGKIND_NORMAL;
	call->aggstar = arguments == NIL;
	call->aggsplit = AGGSPLIT_SIMPLE;
	call->aggno = -1;
	call->aggtransno = -1;
	call->location = -1;
	return (Expr *) call;
}

/* A column of the query of the rollup, over the answers. */
static Expr *
make_query_column(const CesRollupColumn *column)
{
	if (column->kind == CES_ROLLUP_KEY)
		return copyObject(column->expression);
	if (column->kind == CES_ROLLUP_TALLY)
	{
		const Oid types[] = {exprType((Node *) column->expression), exprType((Node *) column->scale)};

		return make_aggregate(ces_own_function("ces_tally", 2, types), column->type,
							  list_make2(copyObject(column->expression), copyObject(column->scale)), column->filter);
	}
	if (column->expression == NULL)
		return make_aggregate(F_COUNT_, INT8OID, NIL, column->filter);
	return make_aggregate(F_COUNT_ANY, INT8OID, list_make1(copyObject(column->expression)), column->filter);
}

/* Group a query by one of its columns. */
static void
group_by(Query *query, TargetEntry *column)
{
	SortGroupClause *clause = makeNode(SortGroupClause);

	column->ressortgroupref = (Index) list_length(query->groupClause) + 1;
	clause->tleSortGroupRef = column->ressortgroupref;
	get_sort_group_operators(exprType((Node *) column->expr), false, true, false,
							 &clause->sortop, &clause->eqop, NULL, &clause->hashable);
	query->groupClause = lappend(query->groupClause, clause);
}

/* Is a column of the increments one that they are grouped by? */
static bool
is_grouped(const CesIncrements *increments, int attribute)
{
	const CesRollupDefinition *definition = increments->cached->definition;

	return attribute < 0 || (attribute <= definition->ncolumns && definition->columns[attribute - 1].kind == CES_ROLLUP_KEY);
}

/* The increments of answers that meet conditions, beside those of the rollup and the bounds. */
static Query *
query_of_answers(const CesIncrements *increments, List *conditions)
{
	const CesCachedRollup *cached = increments->cached;
	const CesRollupDefinition *definition = cached->definition;
	Query *query;
	ListCell *cell;

	conditions = list_concat(copyObject(conditions), bounding_conditions(increments));
	if (definition->where != NULL)
		conditions = list_concat(conditions, make_ands_implicit(copyObject(definition->where)));
	query = make_query(make_table(definition->source, InvalidOid), conditions);
	query->hasAggs = true;
	foreach (cell, increments->attributes)
	{
		int attribute = lfirst_int(cell);
		Expr *expression;
		TargetEntry *column;

		if (attribute < 0)
			expression = copyObject(computed(increments, attribute)->of_answers);
		else if (attribute <= definition->ncolumns)
			expression = make_query_column(&definition->columns[attribute - 1]);
		else if (attribute == definition->rows)
			expression = make_aggregate(F_COUNT_, INT8OID, NIL, NULL);
		else
			expression = (Expr *) makeNullConst(get_atttype(cached->rollup->delta, (AttrNumber) attribute), -1, InvalidOid);
		column = makeTargetEntry(expression, (AttrNumber) (list_length(query->targetList) + 1), name_of(increments, attribute), false);
		query->targetList = lappend(query->targetList, column);
		if (is_grouped(increments, attribute))
			group_by(query, column);
	}
	return query;
}

/*
 * Union
 */

/* UNION ALL of two parts, by their numbers or as what they are. */
static SetOperationStmt *
make_union(Node *left, Node *right, const Query *part)
{
	SetOperationStmt *operation = makeNode(SetOperationStmt);
	ListCell *cell;

	operation->op = SETOP_UNION;
	operation->all = true;
	operation->larg = left;
	operation->rarg = right;
	foreach (cell, part->targetList)
	{
		Node *column = (Node *) lfirst_node(TargetEntry, cell)->expr;

		operation->colTypes = lappend_oid(operation->colTypes, exprType(column));
		operation->colTypmods = lappend_int(operation->colTypmods, exprTypmod(column));
		operation->colCollations = lappend_oid(operation->colCollations, exprCollation(column));
	}
	return operation;
}

/* Add a part to a union. */
static void
add_part(Query *query, Query *part, const char *name)
{
	RangeTblEntry *entry = makeNode(RangeTblEntry);
	RangeTblRef *reference = makeNode(RangeTblRef);
	List *names = NIL;
	ListCell *cell;

	foreach (cell, part->targetList)
		names = lappend(names, makeString(pstrdup(lfirst_node(TargetEntry, cell)->resname)));
	IncrementVarSublevelsUp((Node *) part, 1, 1);
	entry->rtekind = RTE_SUBQUERY;
	entry->subquery = part;
	entry->eref = makeAlias(name, names);
	query->rtable = lappend(query->rtable, entry);
	reference->rtindex = list_length(query->rtable);
	query->setOperations = query->setOperations == NULL ? (Node *) reference : (Node *) make_union(query->setOperations, (Node *) reference, linitial_node(RangeTblEntry, query->rtable)->subquery);
}

/* The columns of a union are those of its first part. */
static void
add_columns(Query *query)
{
	const Query *part = linitial_node(RangeTblEntry, query->rtable)->subquery;
	ListCell *cell;

	foreach (cell, part->targetList)
	{
		const TargetEntry *column = lfirst(cell);
		Node *expression = (Node *) column->expr;
		Var *var = makeVar(1, column->resno, exprType(expression), exprTypmod(expression), exprCollation(expression), 0);

		query->targetList = lappend(query->targetList, makeTargetEntry((Expr *) var, column->resno, pstrdup(column->resname), false));
	}
}

/* Which column of the increments an attribute is. */
static Expr *
column_of(const CesIncrements *increments, int attribute, const Query *query)
{
	int position = 0;

	while (list_nth_int(increments->attributes, position) != attribute)
		position++;
	return copyObject(list_nth_node(TargetEntry, query->targetList, position)->expr);
}

/* A column that adds up one of increments that are grouped. */
static Expr *
make_sum_of_column(const CesIncrements *increments, int attribute, const Query *query)
{
	const CesRollupDefinition *definition = increments->cached->definition;
	Expr *var = column_of(increments, attribute, query);
	Oid type = exprType((Node *) var);

	if (is_grouped(increments, attribute))
		return var;
	if (type == INT8OID)
		return make_aggregate(ces_own_function("_ces_sum", 1, &type), type, list_make1(var), NULL);
	if (attribute > definition->ncolumns)
		return (Expr *) makeNullConst(type, -1, InvalidOid);
	return make_aggregate(ces_own_function("ces_rollup", 2, (const Oid[]){type, type}), type,
						  list_make2(var, column_of(increments, definition->columns[attribute - 1].removed, query)), NULL);
}

/* Add up increments, and leave out the groups that have no answers any more. */
static Query *
add_up(const CesIncrements *increments, Query *increments_query)
{
	Query *query = makeNode(Query);
	RangeTblRef *reference = makeNode(RangeTblRef);
	Expr *rows = NULL;
	ListCell *cell;

	add_part(query, increments_query, "increments");
	query->setOperations = NULL;
	query->commandType = CMD_SELECT;
	query->querySource = QSRC_ORIGINAL;
	query->hasAggs = true;
	reference->rtindex = 1;
	query->jointree = makeFromExpr(list_make1(reference), NULL);
	foreach (cell, increments->attributes)
	{
		int attribute = lfirst_int(cell);
		Expr *expression = make_sum_of_column(increments, attribute, increments_query);
		TargetEntry *column = makeTargetEntry(expression, (AttrNumber) (foreach_current_index(cell) + 1), name_of(increments, attribute), false);

		query->targetList = lappend(query->targetList, column);
		if (IsA(expression, Var))
			group_by(query, column);
		if (attribute == increments->cached->definition->rows)
			rows = expression;
	}
	query->havingQual = (Node *) ces_make_is_not_zero(rows);
	return query;
}

/* The increments, as a subquery whose columns are the attributes wanted. */
Query *
ces_increments_query(const CesIncrements *increments)
{
	const CesRollup *rollup = increments->cached->rollup;
	Query *query = makeNode(Query);
	Node *is_current = make_is_current(increments);
	Node *lower_edge = increments->bucket == NULL ? NULL : make_lower_edge(increments);
	Node *upper_edge = increments->bucket == NULL ? NULL : make_upper_edge(increments);

	query->commandType = CMD_SELECT;
	query->querySource = QSRC_ORIGINAL;
	query->jointree = makeFromExpr(NIL, NULL);
	add_part(query, query_of_table(increments, rollup->store), "store");
	add_part(query, query_of_table(increments, rollup->delta), "deltas");
	if (lower_edge != NULL)
		add_part(query, query_of_answers(increments, list_make2(is_current, lower_edge)), "lower edge");
	if (upper_edge != NULL)
		add_part(query, query_of_answers(increments, list_make2(is_current, upper_edge)), "upper edge");
	add_part(query, query_of_answers(increments, list_make1(make_notclause((Expr *) is_current))), "answers");
	add_columns(query);
	return increments->only_answered ? add_up(increments, query) : query;
}
