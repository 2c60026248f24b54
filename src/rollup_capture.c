/*-------------------------------------------------------------------------
 *
 * rollup_capture.c
 *	  The triggers of a rollup.
 *
 * The trigger on the source is a row-level one, as only these are there for partitions
 * made later, for statements on a partition, and for what replication applies.  It
 * gathers the changes of a statement in a batch.  To be called again when the statement
 * has fired all its row-level triggers, it queues the event "after INSERT" of the table of
 * deltas: PostgreSQL fires that behind all that is in the queue, and the trigger on that
 * event writes the batch.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/partition.h"
#include "commands/trigger.h"
#include "compat.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "rollup_capture.h"
#include "rollup_fold.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* The depth of a batch that no trigger adds to */
#define NO_DEPTH (-1)

/* How a trigger function was called. */
static const TriggerData *
get_trigger(FunctionCallInfo fcinfo, const char *function)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager", function)));
	return (const TriggerData *) fcinfo->context;
}

/* Raise the error for a trigger of the wrong kind. */
pg_noreturn static void
report_wrong_trigger(const TriggerData *trigger, const char *kind)
{
	ereport(ERROR,
			(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			 errmsg("trigger \"%s\" must be fired %s", trigger->tg_trigger->tgname, kind),
			 errhint("Triggers of rollups are made by ces_create_rollup.")));
}

/* How many triggers are being fired, one within the other. */
static inline int
trigger_depth(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0));
}

/*
 * Capture
 */

/*
 * Let the flush trigger of a table of deltas be fired when the events are done that are
 * queued now.
 */
static void
queue_flush(Oid delta)
{
	Relation relation = table_open(delta, NoLock);
	EState *estate = CreateExecutorState();
	MemoryContext old_context = MemoryContextSwitchTo(estate->es_query_cxt);
	ResultRelInfo *target = makeNode(ResultRelInfo);

	InitResultRelInfo(target, relation, 0, NULL, 0);
	ExecASInsertTriggers(estate, target, NULL);
	MemoryContextSwitchTo(old_context);
	FreeExecutorState(estate);
	table_close(relation, NoLock);
}

/*
 * The batch of the statement, opened if this is its first row.  The lock keeps the table
 * of deltas as it is until the end of the transaction; waiting for it may have changed
 * the program.
 */
static CesRollupBatch *
get_batch(const TriggerData *trigger, CesProgram **program)
{
	int depth = trigger_depth();

	for (;;)
	{
		CesRollupBatch *batch;
		Oid delta;

		*program = ces_program_for(trigger);
		delta = (*program)->rollup->delta;
		batch = ces_batch_find(delta, depth);
		if (likely(batch != NULL))
			return batch;
		LockRelationOid(delta, RowExclusiveLock);
		if (*program == ces_program_for(trigger))
		{
			ces_program_check_flush(*program);
			batch = ces_batch_open(*program, depth);
			queue_flush(delta);
			return batch;
		}
	}
}

/* The last partition that was found to have a new file, and whether a restore loads it */
typedef struct Loaded
{
	Oid delta;
	Oid table;
	TransactionId transaction;
	bool by_restore;
} Loaded;

static Loaded last_loaded;

/*
 * pg_restore with several jobs may make the trigger of a partitioned table before it loads all
 * partitions.  The rollup has counted their rows before the dump.  A partition is loaded in the
 * transaction that truncates it, before triggers on the partition itself are there.
 */
static bool
is_loaded_by_restore(const TriggerData *trigger)
{
	Relation table = trigger->tg_relation;
	Oid delta;

	if (likely(table->rd_firstRelfilelocatorSubid == InvalidSubTransactionId) ||
		table->rd_createSubid != InvalidSubTransactionId || !table->rd_rel->relispartition)
		return false;
	delta = ces_rollup_delta_of_trigger(trigger->tg_trigger);
	if (last_loaded.delta != delta || last_loaded.table != table->rd_id ||
		last_loaded.transaction != GetTopTransactionIdIfAny())
	{
		const CesRollup *rollup = ces_rollup_find(delta);

		last_loaded.by_restore = ces_rollup_find_trigger(table, ces_rollup_truncate, delta) == NULL &&
								 (rollup == NULL || (OidIsValid(rollup->partition) &&
													 ces_rollup_is_as_restored(rollup, ces_rollup_definition_of_locked(rollup))));
		last_loaded.delta = delta;
		last_loaded.table = table->rd_id;
		last_loaded.transaction = GetTopTransactionIdIfAny();
	}
	return last_loaded.by_restore;
}

/* What increments have as the partition of a row. */
static inline Oid
part_of(const CesProgram *program, Relation table)
{
	return program->definition->part == InvalidAttrNumber ? InvalidOid : RelationGetRelid(table);
}

/* Add a row to its group, or remove it. */
static void
count_row(CesProgram *program, CesRollupBatch *batch, TupleTableSlot *row, Oid part, int sign)
{
	CesRollupGroup *group = ces_program_run(program, batch, row, part);

	if (group != NULL)
		ces_batch_count(batch, group, program, sign);
}

/* _ces_rollup_capture(): a row of the source is new, changed or gone. */
PG_FUNCTION_INFO_V1(ces_rollup_capture);
Datum
ces_rollup_capture(PG_FUNCTION_ARGS)
{
	const TriggerData *trigger = get_trigger(fcinfo, "_ces_rollup_capture");
	TriggerEvent event = trigger->tg_event;
	CesProgram *program;
	CesRollupBatch *batch;
	Oid part;

	if (!TRIGGER_FIRED_AFTER(event) || !TRIGGER_FIRED_FOR_ROW(event))
		report_wrong_trigger(trigger, "after each row");
	if (is_loaded_by_restore(trigger))
		PG_RETURN_POINTER(NULL);
	batch = get_batch(trigger, &program);
	ces_batch_use(batch, program);
	part = part_of(program, trigger->tg_relation);
	if (TRIGGER_FIRED_BY_INSERT(event))
		count_row(program, batch, trigger->tg_trigslot, part, 1);
	else if (TRIGGER_FIRED_BY_DELETE(event))
		count_row(program, batch, trigger->tg_trigslot, part, -1);
	else if (ces_program_changes(program, trigger->tg_trigslot, trigger->tg_newslot))
	{
		count_row(program, batch, trigger->tg_trigslot, part, -1);
		count_row(program, batch, trigger->tg_newslot, part, 1);
	}
	PG_RETURN_POINTER(NULL);
}

/* _ces_rollup_flush(): the statement is over that queued this. */
PG_FUNCTION_INFO_V1(ces_rollup_flush);
Datum
ces_rollup_flush(PG_FUNCTION_ARGS)
{
	const TriggerData *trigger = get_trigger(fcinfo, "_ces_rollup_flush");
	CesRollupBatch *batch;

	if (!TRIGGER_FIRED_AFTER(trigger->tg_event) || !TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
		report_wrong_trigger(trigger, "after a statement");
	batch = ces_batch_find(RelationGetRelid(trigger->tg_relation), trigger_depth());
	if (batch != NULL)
		ces_batch_close(batch, trigger->tg_relation);
	PG_RETURN_POINTER(NULL);
}

/*
 * Guard
 */

/*
 * _ces_rollup_guard(): only ces itself changes the store and the deltas.  Changes that
 * replication brings are left out, since those of the source are counted here.
 */
PG_FUNCTION_INFO_V1(ces_rollup_guard);
Datum
ces_rollup_guard(PG_FUNCTION_ARGS)
{
	const TriggerData *trigger = get_trigger(fcinfo, "_ces_rollup_guard");
	bool for_row = TRIGGER_FIRED_FOR_ROW(trigger->tg_event);

	if (!TRIGGER_FIRED_BEFORE(trigger->tg_event))
		report_wrong_trigger(trigger, "before the change");
	if (ces_rollup_writing == 0)
	{
		if (for_row && SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA)
			PG_RETURN_POINTER(NULL);
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot change \"%s\", which belongs to a rollup", RelationGetRelationName(trigger->tg_relation)),
				 errdetail("Rollups change when the answers do."),
				 errhint("To restore the data of a dump that has no more than data, use pg_restore --disable-triggers.")));
	}
	if (!for_row)
		PG_RETURN_POINTER(NULL);
	PG_RETURN_POINTER(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple);
}

/*
 * TRUNCATE
 */

/* The last table of which everything was deleted, and when */
typedef struct Truncated
{
	Oid delta;
	Oid table;
	SubTransactionId subtransaction;
	TransactionId transaction;
	CommandId command;
} Truncated;

static Truncated last_truncated;

/*
 * TRUNCATE of a table fires the triggers of its partitions, too.  Has this one been
 * dealt with, with nothing happening since?
 */
static bool
is_truncated(Oid delta, Oid table)
{
	if (last_truncated.delta != delta || last_truncated.command != GetCurrentCommandId(false) ||
		last_truncated.subtransaction != GetCurrentSubTransactionId() ||
		last_truncated.transaction != GetCurrentTransactionIdIfAny())
		return false;
	while (table != last_truncated.table && get_rel_relispartition(table))
		table = get_partition_parent(table, true);
	return table == last_truncated.table;
}

/* This table has been dealt with now. */
static void
note_truncated(Oid delta, Oid table)
{
	last_truncated.delta = delta;
	last_truncated.table = table;
	last_truncated.transaction = GetCurrentTransactionIdIfAny();
	last_truncated.subtransaction = GetCurrentSubTransactionId();
	last_truncated.command = GetCurrentCommandId(false);
}

/* Delete the rows of a table of increments; if it has a column for it, only those of these partitions. */
static void
delete_increments(Oid table, AttrNumber part, List *parts)
{
	Relation relation = table_open(table, RowExclusiveLock);
	Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(relation, snapshot, 0, NULL);
	TupleTableSlot *slot = table_slot_create(relation, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool null = true;

		CHECK_FOR_INTERRUPTS();
		if (part == InvalidAttrNumber || (list_member_oid(parts, DatumGetObjectId(slot_getattr(slot, part, &null))) && !null))
			simple_table_tuple_delete(relation, &slot->tts_tid, snapshot);
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(relation, NoLock);
}

/*
 * Count the rows that a table has after TRUNCATE: another trigger may have put them there,
 * before this one was fired.
 */
static void
count_table(Oid delta, Oid table)
{
	Relation relation = table_open(table, AccessShareLock);

	if (RelationGetNumberOfBlocks(relation) > 0)
	{
		CesProgram *program = ces_program_of(delta, relation);
		CesRollupBatch *batch = ces_batch_open(program, NO_DEPTH);
		Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
		TableScanDesc scan = table_beginscan(relation, snapshot, 0, NULL);
		TupleTableSlot *slot = table_slot_create(relation, NULL);
		Relation deltas = table_open(delta, RowExclusiveLock);

		ces_batch_use(batch, program);
		while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
		{
			CHECK_FOR_INTERRUPTS();
			count_row(program, batch, slot, part_of(program, relation), 1);
		}
		ExecDropSingleTupleTableSlot(slot);
		table_endscan(scan);
		UnregisterSnapshot(snapshot);
		ces_batch_close(batch, deltas);
		table_close(deltas, NoLock);
	}
	table_close(relation, NoLock);
}

/*
 * _ces_rollup_truncate(): all answers in the source, or in a partition of it, are gone,
 * whoever added them.
 */
PG_FUNCTION_INFO_V1(ces_rollup_truncate);
Datum
ces_rollup_truncate(PG_FUNCTION_ARGS)
{
	const TriggerData *trigger = get_trigger(fcinfo, "_ces_rollup_truncate");
	Oid table = RelationGetRelid(trigger->tg_relation);
	Oid delta;
	CesRollup *rollup;
	CesRollupDefinition *definition;
	AttrNumber part = InvalidAttrNumber;
	List *parts;
	ListCell *cell;

	if (!TRIGGER_FIRED_AFTER(trigger->tg_event) || !TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		report_wrong_trigger(trigger, "after TRUNCATE");
	delta = ces_rollup_delta_of_trigger(trigger->tg_trigger);
	if (is_truncated(delta, table))
		PG_RETURN_POINTER(NULL);
	rollup = ces_rollup_of_delta(delta);
	definition = ces_rollup_definition_of_locked(rollup);
	ces_program_check_table(rollup, definition, trigger->tg_relation);
	ces_rollup_lock(rollup);

	parts = ces_rollup_leaves(table);
	if (table != definition->source)
		part = definition->part;
	delete_increments(rollup->store, part, parts);
	delete_increments(rollup->delta, part, parts);
	CommandCounterIncrement();
	foreach (cell, parts)
		count_table(delta, lfirst_oid(cell));
	CommandCounterIncrement();
	if (definition->partitioned)
		ces_rollup_note_counted(rollup, definition, parts);
	note_truncated(delta, table);
	PG_RETURN_POINTER(NULL);
}
