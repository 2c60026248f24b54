/*-------------------------------------------------------------------------
 *
 * rollup_planner.h
 *	  Queries of the answers that are answered from rollups.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_ROLLUP_PLANNER_H
#define CES_ROLLUP_PLANNER_H

#include "rollup_cache.h"
#include "rollup_time.h"

#pragma GCC visibility push(hidden)

/* What became of a part of a query and a rollup of its table */
typedef struct CesRollupVerdict
{
	Oid rollup; /* the view, or InvalidOid if there is none */
	bool used;
	char *reason; /* why not; or NULL */
} CesRollupVerdict;

/* The setting ces.enable_rollups */
extern bool ces_enable_rollups;

/* While this isn't NULL, planning appends its verdicts to the list */
extern List **ces_rollup_verdicts;

extern void ces_rollup_planner_init(void);

/* rollup_flatten.c */
extern Query *ces_flatten(const Query *block);
extern bool ces_is_self_contained(Query *query);

/*
 * rollup_increments.c: the increments that a query needs of a rollup, in which the
 * columns of the source are Vars with varno 1
 */
typedef struct CesComputedColumn
{
	Expr *of_answers;
	Expr *of_rollup; /* of the columns of the store or the deltas */
} CesComputedColumn;

typedef struct CesIncrements
{
	const CesCachedRollup *cached;
	List *attributes; /* numbers of columns of the store and the deltas; of computed ones, -1, -2 ... */
	List *computed; /* CesComputedColumn *: what keys don't determine if the rollup isn't current */
	const CesBucket *bucket; /* of the time that has bounds, or NULL */
	AttrNumber bucket_key; /* the key that is the bucket */
	List *bounds; /* of CesTimeBound * */
	List *conditions; /* the conditions that are the bounds */
	const char *zone; /* what TimeZone must be, or NULL */
	bool only_answered; /* leave out keys of which there are no answers any more */
} CesIncrements;

extern Query *ces_increments_query(const CesIncrements *increments);
extern Oid ces_is_current_function(void);
extern Expr *ces_make_is_not_zero(Expr *rows);
extern Oid ces_delta_of_condition(const Node *condition, bool *is_fallback);

/* rollup_total.c */
extern bool ces_node_can_fail(Node *node);
extern bool ces_can_fail(Node *expression);

/* rollup_rewrite.c */
extern const char *ces_aggregate_name(const Aggref *call);
extern Query *ces_rollup_rewrite(const Query *block, Index source, Relation relation, const CesCachedRollup *cached,
								 AttrNumber *bucket_key, char **reason);

#pragma GCC visibility pop

#endif /* CES_ROLLUP_PLANNER_H */
