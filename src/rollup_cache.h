/*-------------------------------------------------------------------------
 *
 * rollup_cache.h
 *	  The rollups of a table, for the planner.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_ROLLUP_CACHE_H
#define CES_ROLLUP_CACHE_H

#include "rollup.h"

#pragma GCC visibility push(hidden)

/* What decides whether a partition is counted; private */
typedef struct CesCachedPartition CesCachedPartition;

/* A rollup as the planner knows it.  It is there until the end of the transaction. */
typedef struct CesCachedRollup
{
	const CesRollup *rollup;
	const CesRollupDefinition *definition; /* its expressions are simplified */
	List *dependencies; /* OIDs of all relations that decide whether it can be read */

	/* private */
	List *types; /* hash values of types that the definition depends on */
	const char *schema; /* the extension's, quoted */
	const char *problem; /* why it can't be read in any snapshot, or NULL */
	Oid source_trigger; /* that captures changes of the source */
	TransactionId trigger_changed; /* by whom it was made, or last enabled */
	int npartitions;
	CesCachedPartition *partitions; /* sorted by OID */
} CesCachedRollup;

/* A rollup that can't be read because something is wrong with its objects */
typedef struct CesBrokenRollup
{
	Oid view;
	const char *problem;
} CesBrokenRollup;

extern bool ces_has_rollups(Relation source);
extern List *ces_rollups_of(Relation source);
extern List *ces_broken_rollups_of(Relation source);
extern char *ces_rollup_why_unusable(const CesCachedRollup *cached, Relation source);
extern bool ces_has_changed_answers(Oid source);

#pragma GCC visibility pop

/* In rewritten queries: can the rollup be read in this execution? */
extern PGDLLEXPORT Datum ces_rollup_is_current(PG_FUNCTION_ARGS);

#endif /* CES_ROLLUP_CACHE_H */
