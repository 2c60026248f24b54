/*-------------------------------------------------------------------------
 *
 * rollup_capture.h
 *	  How the changes of a table become deltas of a rollup: what the files share that
 *	  do it.
 *
 * A program evaluates the query of a rollup for one row.  A batch gathers in memory
 * what the rows of one statement add to each group, and what they remove.  When the
 * statement ends, the batch is written as deltas.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_ROLLUP_CAPTURE_H
#define CES_ROLLUP_CAPTURE_H

#include "commands/trigger.h"
#include "nodes/execnodes.h"
#include "rollup.h"
#include "scale.h"

#pragma GCC visibility push(hidden)

typedef struct CesRollupBatch CesRollupBatch;
typedef struct CesRollupGroup CesRollupGroup;

/* A key: a column that is grouped by */
typedef struct CesProgramKey
{
	int column; /* of the query, counted from 0 */
	Oid type;
	Oid collation;
	int16 length;
	bool by_value;
	bool hashable;
	FmgrInfo hash;
	FmgrInfo equal;
} CesProgramKey;

typedef struct CesProgramTally
{
	int column;
	Oid score_type;
	int scale_key; /* which of the keys is the scale, or -1 */
	CesScale scale; /* if none is */
	int first_counter; /* of those of a group; of the first tally whose scale is a key, if it is one */
	AttrNumber removed;
} CesProgramTally;

/* A column of the table that the query uses */
typedef struct CesProgramAttribute
{
	AttrNumber of_source;
	AttrNumber number; /* in the table or partition itself */
	Oid type;
	int16 length;
	bool by_value;
} CesProgramAttribute;

/*
 * The query of a rollup, ready to be run for rows of the source, or of partitions that
 * have the columns at other places.
 */
typedef struct CesProgram
{
	MemoryContext context;
	const CesRollup *rollup;
	const CesRollupDefinition *definition;
	bool stale; /* something may have changed that it depends on */
	int users; /* batches that need it */

	int nattributes;
	CesProgramAttribute *attributes;
	AttrNumber last_attribute;

	bool flushes_always; /* or only in sessions that don't apply replicated changes */
	bool runs_as_owner; /* it runs code of users */
	ExprState *where;
	ProjectionInfo *columns;
	ExprContext *expressions;
	const CesRollupBatch *running; /* for which it runs now */

	int nkeys;
	CesProgramKey *keys;
	int ncounts;
	int *counts; /* columns of the query */
	int ntallies;
	CesProgramTally *tallies; /* first those with a constant scale */
	int ncounters; /* of a group, without tallies whose scale is a key */
} CesProgram;

/* rollup_program.c */
extern CesProgram *ces_program_of(Oid delta, Relation table);
extern CesProgram *ces_program_for(const TriggerData *trigger);
extern void ces_program_check_flush(const CesProgram *program);
extern void ces_program_use(CesProgram *program);
extern void ces_program_release(CesProgram *program, const CesRollupBatch *batch);
extern bool ces_program_changes(const CesProgram *program, TupleTableSlot *old, TupleTableSlot *new);
extern CesRollupGroup *ces_program_run(CesProgram *program, CesRollupBatch *batch, TupleTableSlot *row, Oid part);
extern void ces_program_check_table(const CesRollup *rollup, const CesRollupDefinition *definition, Relation table);

/* rollup_batch.c */
extern CesRollupBatch *ces_batch_find(Oid delta, int depth);
extern bool ces_batch_is_open(Oid delta);
extern CesRollupBatch *ces_batch_open(CesProgram *program, int depth);
extern void ces_batch_use(CesRollupBatch *batch, CesProgram *program);
extern CesRollupGroup *ces_batch_group(CesRollupBatch *batch, Oid part, const Datum *values, const bool *nulls);
extern void ces_batch_count(CesRollupBatch *batch, CesRollupGroup *group, const CesProgram *program, int sign);
extern void ces_batch_close(CesRollupBatch *batch, Relation delta);

#pragma GCC visibility pop

#endif /* CES_ROLLUP_CAPTURE_H */
