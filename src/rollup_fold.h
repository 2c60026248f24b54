/*-------------------------------------------------------------------------
 *
 * rollup_fold.h
 *	  Populating, folding and repairing rollups.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_ROLLUP_FOLD_H
#define CES_ROLLUP_FOLD_H

#include "rollup.h"

#pragma GCC visibility push(hidden)

/* A partition, and which one it is: either number is another after it was re-attached,
 * truncated or rewritten */
typedef struct CesRollupPartition
{
	Oid part;
	Oid capture_trigger; /* its clone of the trigger on the source */
	Oid filenode;
} CesRollupPartition;

extern void ces_rollup_check_isolation(const char *function);
extern void ces_rollup_populate(const CesRollup *rollup, const char *schema);
extern ErrorData *ces_rollup_populate_in_steps(const CesRollup *rollup, const char *schema);
extern bool ces_rollup_view_is_populated(const CesRollup *rollup);
extern bool ces_rollup_is_newer_than_snapshot(Oid view);
extern bool ces_rollup_is_as_restored(const CesRollup *rollup, const CesRollupDefinition *definition);
extern void ces_rollup_note_counted(const CesRollup *rollup, const CesRollupDefinition *definition, const List *leaves);
extern List *ces_rollup_partitions_counted(const CesRollup *rollup, const CesRollupDefinition *definition, bool counted);

#pragma GCC visibility pop

/* In the view of a rollup that is not populated */
extern PGDLLEXPORT Datum ces_rollup_is_populated(PG_FUNCTION_ARGS);

#endif /* CES_ROLLUP_FOLD_H */
