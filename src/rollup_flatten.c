/*-------------------------------------------------------------------------
 *
 * rollup_flatten.c
 *	  Queries without the subqueries that only rename, compute and filter.
 *
 * Tools wrap tables into subqueries, views and WITH.  PostgreSQL's planner takes such
 * subqueries apart, too, but only once it is planning.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "rollup_planner.h"

/* Is a subquery one that can be put in place of what reads it? */
static bool
is_simple(const Query *subquery)
{
	return subquery->commandType == CMD_SELECT && !subquery->hasAggs && !subquery->hasWindowFuncs &&
		   !subquery->hasTargetSRFs && !subquery->hasSubLinks && !subquery->hasModifyingCTE && !subquery->hasForUpdate &&
		   subquery->setOperations == NULL && subquery->groupClause == NIL && subquery->groupingSets == NIL &&
		   subquery->havingQual == NULL && subquery->distinctClause == NIL && subquery->sortClause == NIL &&
		   subquery->limitCount == NULL && subquery->limitOffset == NULL && subquery->rowMarks == NIL &&
		   subquery->cteList == NIL && subquery->jointree->fromlist != NIL &&
		   !contain_volatile_functions((Node *) subquery->targetList) &&
		   !contain_volatile_functions(subquery->jointree->quals);
}

/* Put a node in place of a reference to the range table. */
static Node *
replace_reference(Node *from, int reference, Node *replacement)
{
	if (IsA(from, RangeTblRef))
		return castNode(RangeTblRef, from)->rtindex == reference ? replacement : from;
	if (IsA(from, JoinExpr))
	{
		JoinExpr *join = castNode(JoinExpr, from);

		join->larg = replace_reference(join->larg, reference, replacement);
		join->rarg = replace_reference(join->rarg, reference, replacement);
	}
	else
	{
		ListCell *cell;

		foreach (cell, castNode(FromExpr, from)->fromlist)
			lfirst(cell) = replace_reference(lfirst(cell), reference, replacement);
	}
	return from;
}

/*
 * Does PostgreSQL compute a query after WITH on its own?  Then its conditions are met before
 * those of the query that reads it can raise errors.
 */
static bool
is_fence(const Query *query, const CommonTableExpr *with)
{
	if (with->ctematerialized == CTEMaterializeNever || (with->ctematerialized == CTEMaterializeDefault && with->cterefcount <= 1))
		return false;
	return checkExprHasSubLink((Node *) query->jointree) || ces_can_fail((Node *) query->jointree);
}

/* Turn a reference to WITH of this query into the subquery that it means. */
static void
expand_with(Query *query, RangeTblEntry *entry)
{
	ListCell *cell;

	if (entry->rtekind != RTE_CTE || entry->ctelevelsup > 0 || entry->self_reference)
		return;
	foreach (cell, query->cteList)
	{
		CommonTableExpr *with = lfirst(cell);

		if (strcmp(with->ctename, entry->ctename) != 0 || with->cterecursive ||
			!IsA(with->ctequery, Query) || !is_simple((Query *) with->ctequery) || is_fence(query, with))
			continue;
		with->cterefcount--;
		entry->rtekind = RTE_SUBQUERY;
		entry->subquery = copyObject((Query *) with->ctequery);
		entry->ctename = NULL;
		entry->coltypes = NIL;
		entry->coltypmods = NIL;
		entry->colcollations = NIL;
		return;
	}
}

/* Put a simple subquery's tables, conditions and columns in place of it. */
static Query *
pull_up(Query *query, int reference)
{
	RangeTblEntry *entry = rt_fetch(reference, query->rtable);
	Query *subquery = copyObject(entry->subquery);
	bool has_sublinks = query->hasSubLinks;

	OffsetVarNodes((Node *) subquery, list_length(query->rtable), 0);
	IncrementVarSublevelsUp((Node *) subquery, -1, 1);
	ces_combine_range_tables(query, subquery);
	query = (Query *) ces_replace_vars((Node *) query, reference, entry, subquery->targetList, &has_sublinks);
	query->hasSubLinks = has_sublinks;
	query->jointree = (FromExpr *) replace_reference((Node *) query->jointree, reference, (Node *) subquery->jointree);
	return query;
}

/* Which tables and subqueries may be read as if they were joined to the rest by an inner join. */
static void
find_preserved(const Node *from, List **references)
{
	if (IsA(from, RangeTblRef))
		*references = lappend_int(*references, ((const RangeTblRef *) from)->rtindex);
	else if (IsA(from, JoinExpr))
	{
		const JoinExpr *join = (const JoinExpr *) from;

		if (join->jointype == JOIN_INNER || join->jointype == JOIN_LEFT)
			find_preserved(join->larg, references);
		if (join->jointype == JOIN_INNER || join->jointype == JOIN_RIGHT)
			find_preserved(join->rarg, references);
	}
	else
	{
		ListCell *cell;

		foreach (cell, ((const FromExpr *) from)->fromlist)
			find_preserved(lfirst(cell), references);
	}
}

/* A copy of the query without its simple subqueries. */
Query *
ces_flatten(const Query *block)
{
	Query *query = copyObject(unconstify(Query *, block));
	bool changed = true;

	while (changed)
	{
		List *references = NIL;
		ListCell *cell;

		changed = false;
		find_preserved((Node *) query->jointree, &references);
		foreach (cell, references)
		{
			RangeTblEntry *entry = rt_fetch(lfirst_int(cell), query->rtable);

			expand_with(query, entry);
			if (entry->rtekind != RTE_SUBQUERY || entry->security_barrier || entry->lateral || !is_simple(entry->subquery))
				continue;
			query = pull_up(query, lfirst_int(cell));
			changed = true;
			break;
		}
	}
	return query;
}

/* Does a query have anything of the query that it is in? */
static bool
find_outer(Node *node, void *context)
{
	int *levels = context;
	bool result;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
			return (int) castNode(Var, node)->varlevelsup >= *levels;
		case T_Aggref:
			if ((int) castNode(Aggref, node)->agglevelsup >= *levels)
				return true;
			break;
		case T_GroupingFunc:
			if ((int) castNode(GroupingFunc, node)->agglevelsup >= *levels)
				return true;
			break;
		case T_RangeTblEntry:
			return castNode(RangeTblEntry, node)->rtekind == RTE_CTE && (int) castNode(RangeTblEntry, node)->ctelevelsup >= *levels;
		case T_Query:
			(*levels)++;
			result = query_tree_walker(castNode(Query, node), find_outer, context, QTW_EXAMINE_RTES_BEFORE | QTW_IGNORE_JOINALIASES);
			(*levels)--;
			return result;
		default:
			break;
	}
	return expression_tree_walker(node, find_outer, context);
}

/* Does a query mean the same wherever it stands? */
bool
ces_is_self_contained(Query *query)
{
	int levels = 0;

	return !find_outer((Node *) query, &levels);
}
