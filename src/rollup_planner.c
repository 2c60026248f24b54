/*-------------------------------------------------------------------------
 *
 * rollup_planner.c
 *	  Answers queries of a table of answers from its rollups.
 *
 * Each SELECT of a statement that has an aggregate of the extension over a table with
 * rollups is rewritten to read a rollup instead, if it can be.  The statement is planned
 * both ways, and the plan that is estimated to be cheaper is kept.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "compat.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "parser/parsetree.h"
#include "rollup_definition.h"
#include "rollup_planner.h"
#include "rollup_sql.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

bool ces_enable_rollups = true;
List **ces_rollup_verdicts = NULL;

static planner_hook_type next_planner = NULL;
static set_rel_pathlist_hook_type next_set_rel_pathlist_hook = NULL;

/* In a statement with more SELECTs that could be answered from rollups, each is tried by itself. */
#define MOST_BLOCKS_TOGETHER 3

/*
 * The planner takes a range between unknown bounds for 0.5 % of a table.  A range of a report
 * has more than a few units of time, so that each edge is a small part of it.
 */
#define UNKNOWN_EDGE (DEFAULT_RANGE_INEQ_SEL / 20)

/* What can be expected of a rollup's part in a query */
typedef struct Expectation
{
	Oid store;
	Oid delta;
	double edge; /* the share of the answers that an edge has */
} Expectation;

/* Of the rollups that the statement being planned was rewritten to read: Expectation * */
static List *expectations = NIL;

/* How a statement is to be planned */
typedef struct Planning
{
	const char *query_string;
	int cursor_options;
	ParamListInfo parameters;
	Query *statement;
	PlannedStmt *best; /* the cheapest plan so far */
	List *expectations; /* of the rollups that it reads */
	List *dependencies; /* relations that decide what is the best plan */
	bool depends_on_role; /* may nobody but the current user run it? */
	bool is_transient; /* may a later transaction have a better one? */
} Planning;

/*
 * Aggregates
 */

/* What is known of a function */
typedef struct KnownFunction
{
	Oid function; /* hash key */
	char name[NAMEDATALEN]; /* if it is an aggregate that can be had from a tally of scores; or empty */
} KnownFunction;

static HTAB *known_functions = NULL;

/* Functions have changed: forget what is known of them. */
static void
forget_functions(Datum argument, int cache, uint32 hash)
{
	(void) argument;
	(void) cache;
	(void) hash;
	if (known_functions != NULL)
		hash_destroy(known_functions);
	known_functions = NULL;
}

/* Is an aggregate one of the extension, over scores and with a scale if anything? */
static bool
is_of_scores(Oid function, const char *name)
{
	Oid extension;
	Oid *types;
	int nargs;

	if (name == NULL || (ces_default_scale_of(name) == NULL && strcmp(name, "ces_tally") != 0))
		return false;
	extension = get_extension_oid("ces", true);
	if (!OidIsValid(extension) || getExtensionOfObject(ProcedureRelationId, function) != extension)
		return false;
	(void) get_func_signature(function, &types, &nargs);
	return nargs == 1 || (nargs == 2 && getExtensionOfObject(TypeRelationId, types[1]) == extension);
}

/* The name of an aggregate that can be had from a tally of scores, or NULL. */
const char *
ces_aggregate_name(const Aggref *call)
{
	KnownFunction *known;
	bool found;

	if (call->aggfnoid < FirstNormalObjectId)
		return NULL;
	known = known_functions == NULL ? NULL : hash_search(known_functions, &call->aggfnoid, HASH_FIND, NULL);
	if (known == NULL)
	{
		HASHCTL control = {.keysize = sizeof(Oid), .entrysize = sizeof(KnownFunction)};
		const char *name = get_func_name(call->aggfnoid);
		bool is_wanted = is_of_scores(call->aggfnoid, name);

		/* The look into the catalogs may make it forget all. */
		if (known_functions == NULL)
			known_functions = hash_create("ces functions", 16, &control, HASH_ELEM | HASH_BLOBS);
		known = hash_search(known_functions, &call->aggfnoid, HASH_ENTER, &found);
		strlcpy(known->name, is_wanted ? name : "", NAMEDATALEN);
	}
	return known->name[0] == '\0' ? NULL : pstrdup(known->name);
}

/* Is there such an aggregate, of this query level? */
static bool
find_aggregate(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Aggref) && castNode(Aggref, node)->agglevelsup == 0 && ces_aggregate_name(castNode(Aggref, node)) != NULL)
		return true;
	return expression_tree_walker(node, find_aggregate, context);
}

/* Has a SELECT one? */
static bool
has_aggregate(const Query *query)
{
	return query->commandType == CMD_SELECT && query->hasAggs &&
		   (find_aggregate((Node *) query->targetList, NULL) || find_aggregate(query->havingQual, NULL));
}

/* The SELECTs of a statement that have one, those within others first. */
static bool
find_blocks(Node *node, void *context)
{
	List **blocks = context;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		Query *query = castNode(Query, node);

		(void) query_tree_walker(query, find_blocks, context, QTW_IGNORE_JOINALIASES);
		if (has_aggregate(query))
			*blocks = lappend(*blocks, query);
		return false;
	}
	return expression_tree_walker(node, find_blocks, context);
}

/*
 * Verdicts
 */

/* Say, if somebody wants to know, what became of a rollup. */
static void
give_verdict(Oid rollup, bool used, char *reason)
{
	CesRollupVerdict *verdict;

	if (ces_rollup_verdicts == NULL)
		return;
	verdict = palloc(sizeof(CesRollupVerdict));
	verdict->rollup = rollup;
	verdict->used = used;
	verdict->reason = reason;
	*ces_rollup_verdicts = lappend(*ces_rollup_verdicts, verdict);
}

/*
 * Trust
 *
 * Reading a rollup can call the functions of its keys and conditions, with the rights of
 * whoever asks the table.  Reading a table alone doesn't run code of its owner.
 */

/* Could somebody who is no superuser have made a function what it is? */
static bool
is_untrusted_function(Oid function, void *context)
{
	HeapTuple tuple;
	bool result = true;

	(void) context;
	if (function < FirstNormalObjectId)
		return false;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (HeapTupleIsValid(tuple))
	{
		result = !superuser_arg(((Form_pg_proc) GETSTRUCT(tuple))->proowner);
		ReleaseSysCache(tuple);
	}
	return result;
}

/* The same of a type. */
static bool
is_untrusted_type(Oid type)
{
	HeapTuple tuple;
	bool result = true;

	if (type < FirstNormalObjectId)
		return false;
	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	if (HeapTupleIsValid(tuple))
	{
		result = !superuser_arg(((Form_pg_type) GETSTRUCT(tuple))->typowner);
		ReleaseSysCache(tuple);
	}
	return result;
}

static bool
find_untrusted(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return check_functions_in_node(node, is_untrusted_function, NULL) || expression_tree_walker(node, find_untrusted, context);
}

/* Does a rollup call anything of somebody who is no superuser? */
static bool
is_untrusted(const CesCachedRollup *cached)
{
	const CesRollupDefinition *definition = cached->definition;

	if (find_untrusted((Node *) definition->where, NULL))
		return true;
	for (int i = 0; i < definition->ncolumns; i++)
	{
		const CesRollupColumn *column = &definition->columns[i];

		if (is_untrusted_type(column->type) || find_untrusted((Node *) column->expression, NULL) ||
			find_untrusted((Node *) column->scale, NULL) || find_untrusted((Node *) column->filter, NULL))
			return true;
	}
	return false;
}

/*
 * Planning
 */

/* Plan a copy of the statement. */
static PlannedStmt *
plan_statement(const Planning *planning)
{
	Query *statement = copyObject(planning->statement);

	return next_planner(statement, planning->query_string, planning->cursor_options, planning->parameters);
}

/* The number of different values that a column has, or 0 if that isn't known. */
static double
number_of_values(Oid table, AttrNumber attribute)
{
	HeapTuple tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(table), Int16GetDatum(attribute), BoolGetDatum(false));
	double values = 0;

	if (HeapTupleIsValid(tuple))
	{
		values = ((Form_pg_statistic) GETSTRUCT(tuple))->stadistinct;
		ReleaseSysCache(tuple);
	}
	tuple = values >= 0 ? NULL : SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	if (HeapTupleIsValid(tuple))
	{
		values = -values * ((Form_pg_class) GETSTRUCT(tuple))->reltuples;
		ReleaseSysCache(tuple);
	}
	return Max(values, 0);
}

/* An edge is, on average, half of what a key stands for. */
static Expectation *
expect(const CesCachedRollup *cached, AttrNumber bucket_key)
{
	Expectation *expectation = palloc(sizeof(Expectation));
	double keys = bucket_key == InvalidAttrNumber ? 0 : number_of_values(cached->rollup->store, bucket_key);

	expectation->store = cached->rollup->store;
	expectation->delta = cached->rollup->delta;
	expectation->edge = keys < 1 ? 1 : 0.5 / keys;
	return expectation;
}

/* Plan a statement that reads rollups, perhaps one more of which something can be expected. */
static PlannedStmt *
plan_rewritten(const Planning *planning, Expectation *expectation)
{
	List *expectations_before = expectations;
	PlannedStmt *plan;

	expectations = list_copy(planning->expectations);
	if (expectation != NULL)
		expectations = lcons(expectation, expectations);
	PG_TRY();
	{
		plan = plan_statement(planning);
	}
	PG_FINALLY();
	{
		expectations = expectations_before;
	}
	PG_END_TRY();
	return plan;
}

/* Try a block of the statement in another form.  It stays in that form if this is cheaper. */
static void
try_rewritten(Planning *planning, Query *block, const Query *rewritten, const CesCachedRollup *cached, AttrNumber bucket_key)
{
	Query before = *block;
	Expectation *expectation = expect(cached, bucket_key);
	PlannedStmt *plan;

	*block = *rewritten;
	plan = plan_rewritten(planning, expectation);
	if (plan->planTree->total_cost < planning->best->planTree->total_cost)
	{
		planning->best = plan;
		planning->expectations = lappend(planning->expectations, expectation);
		planning->depends_on_role = planning->depends_on_role || is_untrusted(cached);
		give_verdict(cached->rollup->view, true, NULL);
	}
	else
	{
		*block = before;
		give_verdict(cached->rollup->view, false,
					 psprintf("the estimated cost of reading it is %.0f, that of what is read instead is %.0f",
							  plan->planTree->total_cost, planning->best->planTree->total_cost));
	}
}

/*
 * Lock what a rewritten query reads.  False if that would have to wait, as for VACUUM FULL, or
 * if it isn't there any more as it was.
 */
static bool
lock_rollup(const CesCachedRollup *cached, Relation relation)
{
	return ConditionalLockRelationOid(cached->rollup->store, AccessShareLock) &&
		   ConditionalLockRelationOid(cached->rollup->delta, AccessShareLock) &&
		   list_member_ptr(ces_rollups_of(relation), cached);
}

/* Can anything of a table be answered from rollups, as the query reads it?  If not, why. */
static char *
why_not_at_all(const Query *block, const RangeTblEntry *entry)
{
	if (!OidIsValid(ces_is_current_function()))
		return "the library is newer than the extension: ALTER EXTENSION ces UPDATE";
	if (entry->securityQuals != NIL)
		return "row-level security applies to the table";
	if (entry->tablesample != NULL)
		return "the query has TABLESAMPLE";
	if (entry->relkind == RELKIND_PARTITIONED_TABLE && !entry->inh)
		return "the query has ONLY";
	if (block->rowMarks != NIL)
		return "the query locks rows";
	if (contain_volatile_functions((Node *) block))
		return "the query has a volatile function";
	return NULL;
}

/* Try the rollups of one table of a block. */
static void
try_rollups(Planning *planning, Query *block, const Query *flat, Index source)
{
	const RangeTblEntry *entry = rt_fetch(source, flat->rtable);
	Relation relation = relation_open(entry->relid, NoLock);
	char *not_at_all = why_not_at_all(flat, entry);
	ListCell *cell;

	foreach (cell, list_copy(ces_rollups_of(relation)))
	{
		const CesCachedRollup *cached = lfirst(cell);
		char *reason = not_at_all;
		Query *rewritten = NULL;
		AttrNumber bucket_key = InvalidAttrNumber;

		planning->dependencies = list_concat_unique_oid(planning->dependencies, cached->dependencies);
		if (reason == NULL && ces_has_changed_answers(entry->relid))
		{
			reason = "this transaction has changed answers";
			planning->is_transient = true;
		}
		if (reason == NULL && is_untrusted(cached) && !has_privs_of_role(cached->rollup->owner, GetUserId()))
			reason = "it uses functions or types of users who are not superusers: these would run with your rights";
		if (reason == NULL)
			reason = ces_rollup_why_unusable(cached, relation);
		if (reason == NULL && !lock_rollup(cached, relation))
			reason = "it is locked, or has just been changed";
		if (reason == NULL)
			rewritten = ces_rollup_rewrite(flat, source, relation, cached, &bucket_key, &reason);
		if (rewritten != NULL)
			try_rewritten(planning, block, rewritten, cached, bucket_key);
		else
			give_verdict(cached->rollup->view, false, reason);
	}
	relation_close(relation, NoLock);
}

/* Has a table rollups? */
static bool
has_rollups(const RangeTblEntry *entry)
{
	Relation relation;
	bool result;

	if (entry->rtekind != RTE_RELATION || (entry->relkind != RELKIND_RELATION && entry->relkind != RELKIND_PARTITIONED_TABLE))
		return false;
	relation = relation_open(entry->relid, NoLock);
	result = ces_has_rollups(relation);
	relation_close(relation, NoLock);
	return result;
}

/* Has any table that a query reads, or a subquery of it, rollups? */
static bool
find_rollups(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
		return has_rollups(castNode(RangeTblEntry, node));
	if (IsA(node, Query))
		return query_tree_walker(castNode(Query, node), find_rollups, context, QTW_EXAMINE_RTES_BEFORE | QTW_IGNORE_JOINALIASES);
	return expression_tree_walker(node, find_rollups, context);
}

/* Try the rollups of the tables of a block. */
static void
try_block(Planning *planning, Query *block)
{
	Query *flat = ces_flatten(block);

	for (int i = 1; i <= list_length(flat->rtable); i++)
	{
		const RangeTblEntry *entry = rt_fetch(i, flat->rtable);

		if (has_rollups(entry) && entry->inFromCl)
			try_rollups(planning, block, flat, (Index) i);
	}
}

/*
 * Try the rollups of one of many blocks.  To plan all of the statement for each would take a
 * time that grows with the square of their number.
 */
static void
try_block_alone(Planning *planning, Query *block)
{
	Planning alone = *planning;

	alone.statement = block;
	alone.best = plan_statement(&alone);
	try_block(&alone, block);
	planning->expectations = alone.expectations;
	planning->dependencies = alone.dependencies;
	planning->depends_on_role = alone.depends_on_role;
	planning->is_transient = alone.is_transient;
}

/* Try the rollups of many blocks, but for those that are about the row of another. */
static void
try_many_blocks(Planning *planning, const List *blocks)
{
	int before = list_length(planning->expectations);
	ListCell *cell;

	foreach (cell, blocks)
	{
		if (ces_is_self_contained(lfirst(cell)))
			try_block_alone(planning, lfirst(cell));
	}
	if (list_length(planning->expectations) > before)
		planning->best = plan_rewritten(planning, NULL);
}

/* Try the rollups of a few blocks. */
static void
try_blocks(Planning *planning, const List *blocks)
{
	ListCell *cell;

	foreach (cell, blocks)
		try_block(planning, lfirst(cell));
}

/* Plan a statement: as it is, and from rollups where these can answer it. */
static PlannedStmt *
plan_with_rollups(Planning *planning, List *blocks)
{
	PlannedStmt *plain = plan_statement(planning);

	planning->best = plain;
	if (list_length(blocks) > MOST_BLOCKS_TOGETHER)
		try_many_blocks(planning, blocks);
	else
		try_blocks(planning, blocks);
	if (planning->best != plain)
	{
		/* What has been simplified, by functions and types, before PostgreSQL planned it. */
		planning->best->relationOids = list_concat_unique_oid(planning->best->relationOids, plain->relationOids);
		planning->best->invalItems = list_concat(planning->best->invalItems, plain->invalItems);
	}
	planning->best->relationOids = list_concat_unique_oid(planning->best->relationOids, planning->dependencies);
	planning->best->dependsOnRole |= planning->depends_on_role;
	planning->best->transientPlan |= planning->is_transient;
	return planning->best;
}

/* The planner of sessions that have loaded the library. */
static PlannedStmt *
plan_query(Query *statement, const char *query_string, int cursor_options, ParamListInfo parameters)
{
	Planning planning = {query_string, cursor_options, parameters, statement, NULL, NIL, NIL, false, false};
	List *blocks = NIL;

	if (ces_enable_rollups || ces_rollup_verdicts != NULL)
	{
		(void) find_blocks((Node *) statement, &blocks);
		if (blocks != NIL && find_rollups((Node *) statement, NULL))
			return plan_with_rollups(&planning, blocks);
	}
	return next_planner(statement, query_string, cursor_options, parameters);
}

/* Is a value in an expression known only when the plan runs? */
static bool
has_parameter(Node *node, void *context)
{
	return node != NULL && (IsA(node, Param) || expression_tree_walker(node, has_parameter, context));
}

/* Is what limits a part of a rewritten query known only then? */
static bool
has_unknown_bounds(const RelOptInfo *rel)
{
	ListCell *cell;

	foreach (cell, rel->baserestrictinfo)
	{
		if (has_parameter((Node *) lfirst_node(RestrictInfo, cell)->clause, NULL))
			return true;
	}
	return false;
}

/* The share of a table's answers that a part of a rewritten query is expected to read; 1 if nothing is known. */
static double
expected_share(const RelOptInfo *rel, Oid table)
{
	ListCell *cell;
	ListCell *other;

	foreach (cell, rel->baserestrictinfo)
	{
		const RestrictInfo *restriction = lfirst(cell);
		bool is_fallback;
		Oid delta = restriction->pseudoconstant ? ces_delta_of_condition((Node *) restriction->clause, &is_fallback) : InvalidOid;

		if (OidIsValid(delta) && is_fallback)
			return 0;
		foreach (other, OidIsValid(delta) ? expectations : NIL)
		{
			const Expectation *expectation = lfirst(other);

			if (expectation->delta == delta && table != delta && table != expectation->store)
				return has_unknown_bounds(rel) ? Min(expectation->edge, UNKNOWN_EDGE) : expectation->edge;
		}
	}
	return 1;
}

/*
 * The planner knows nothing of how much of the answers a rewritten query reads.  What is read
 * only if a rollup is not current isn't expected to be read, so that it must not decide about
 * the rest of the plan; and what lies between bounds that are not known yet is an edge.
 */
static void
scale_estimates(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	double rows;
	double factor;
	ListCell *cell;

	if (next_set_rel_pathlist_hook != NULL)
		next_set_rel_pathlist_hook(root, rel, rti, rte);
	if (expectations == NIL || !root->hasPseudoConstantQuals)
		return;
	rows = expected_share(rel, rte->relid) * rel->tuples;
	if (rows >= rel->rows)
		return;
	/* What a partitioned table costs are its partitions. */
	factor = rte->inh ? 1 : rows / rel->rows;
	foreach (cell, rel->pathlist)
	{
		Path *path = lfirst(cell);

		path->total_cost = path->total_cost * factor;
		path->startup_cost *= factor;
		path->rows = clamp_row_est(path->rows * factor);
	}
	rel->partial_pathlist = NIL;
	rel->rows = clamp_row_est(rows);
}

/* To be called when the library is loaded. */
void
ces_rollup_planner_init(void)
{
	DefineCustomBoolVariable("ces.enable_rollups", "Enables the planner's use of rollups.",
							 "Queries of a table of answers are answered from its rollups where these have the same result.",
							 &ces_enable_rollups, true, PGC_USERSET, GUC_EXPLAIN, NULL, NULL, NULL);
	MarkGUCPrefixReserved("ces");
	CacheRegisterSyscacheCallback(PROCOID, forget_functions, (Datum) 0);
	next_planner = planner_hook == NULL ? standard_planner : planner_hook;
	planner_hook = plan_query;
	next_set_rel_pathlist_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = scale_estimates;
}
