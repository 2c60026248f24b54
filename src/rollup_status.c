/*-------------------------------------------------------------------------
 *
 * rollup_status.c
 *	  What is wrong with a rollup, and what to type.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "rollup.h"
#include "rollup_create.h"
#include "rollup_fold.h"
#include "rollup_sql.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

/* The result so far */
typedef struct Status
{
	FunctionCallInfo fcinfo;
	const CesRollup *rollup;
	Oid source;
	bool populated;
	int64 deltas;
	int problems;
} Status;

/* Add a row to the result; with a problem, or, if that is NULL, without. */
static void
put_row(Status *status, const char *problem, const char *remedy)
{
	ReturnSetInfo *result = (ReturnSetInfo *) status->fcinfo->resultinfo;
	Datum values[6] = {0};
	bool nulls[6] = {false};

	values[0] = ObjectIdGetDatum(status->rollup->view);
	values[1] = ObjectIdGetDatum(status->source);
	nulls[1] = !OidIsValid(status->source);
	values[2] = BoolGetDatum(status->populated);
	values[3] = Int64GetDatum(status->deltas);
	nulls[4] = problem == NULL;
	if (problem != NULL)
		values[4] = CStringGetTextDatum(problem);
	nulls[5] = remedy == NULL;
	if (remedy != NULL)
		values[5] = CStringGetTextDatum(remedy);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	if (problem != NULL)
		status->problems++;
}

/* A call of a function of the extension that takes the rollup. */
static char *
call_of(const Status *status, const char *function)
{
	return psprintf("SELECT %s.%s(%s);", ces_rollup_schema(status->fcinfo), function,
					quote_literal_cstr(ces_rollup_qualified_name(status->rollup->view)));
}

/* The number of increments that wait to be folded. */
static int64
count_deltas(Oid delta)
{
	Relation relation = table_open(delta, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(relation, NULL);
	TableScanDesc scan = table_beginscan(relation, GetActiveSnapshot(), 0, NULL);
	int64 count = 0;

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		count++;
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	table_close(relation, NoLock);
	return count;
}

/*
 * A trigger that is missing or does not always fire.  ENABLE TRIGGER, without ALWAYS,
 * is what remains of a time in which it was disabled.
 */
static void
check_trigger(Status *status, Oid table, PGFunction function)
{
	Relation relation = try_relation_open(table, AccessShareLock);
	const Trigger *trigger;
	const char *name;
	const char *what = function == ces_rollup_capture ? "changes" : "TRUNCATE";

	if (relation == NULL)
		return;
	name = ces_rollup_qualified_name(table);
	trigger = ces_rollup_find_trigger(relation, function, status->rollup->delta);
	if (trigger == NULL)
		put_row(status, psprintf("%s has no trigger for %s", name, what), call_of(status, "ces_repair_rollup"));
	else if (trigger->tgenabled == TRIGGER_DISABLED)
		put_row(status, psprintf("trigger %s of %s is disabled: it misses %s", quote_identifier(trigger->tgname), name, what),
				call_of(status, "ces_repair_rollup"));
	else if (trigger->tgenabled != TRIGGER_FIRES_ALWAYS)
		put_row(status, psprintf("trigger %s of %s is not ENABLE ALWAYS: %s may have been missed", quote_identifier(trigger->tgname), name, what),
				call_of(status, "ces_repair_rollup"));
	relation_close(relation, NoLock);
}

/* The rollup's own tables: their triggers, after a restore with --disable-triggers. */
static void
check_own_triggers(Status *status, Oid table)
{
	Relation relation = table_open(table, AccessShareLock);
	const TriggerDesc *triggers = CopyTriggerDesc(relation->trigdesc);
	const char *missing = ces_rollup_missing_trigger(status->rollup, table);

	if (missing != NULL)
		put_row(status, psprintf("%s has no trigger %s", ces_rollup_qualified_name(table), missing),
				call_of(status, "ces_repair_rollup"));
	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		if (triggers->triggers[i].tgenabled == TRIGGER_FIRES_ALWAYS)
			continue;
		put_row(status, psprintf("trigger %s of %s is not ENABLE ALWAYS", quote_identifier(triggers->triggers[i].tgname), ces_rollup_qualified_name(table)),
				call_of(status, "ces_repair_rollup"));
		break;
	}
	table_close(relation, NoLock);
}

/* Does a table have any blocks? */
static bool
has_blocks(Oid table)
{
	Relation relation = try_relation_open(table, AccessShareLock);
	bool result = false;

	if (relation != NULL)
	{
		result = RELKIND_HAS_STORAGE(relation->rd_rel->relkind) && RelationGetNumberOfBlocks(relation) > 0;
		relation_close(relation, NoLock);
	}
	return result;
}

/* Does the rollup have anything of a partition? */
static bool
has_increments(const CesRollup *rollup, const CesRollupDefinition *definition, Oid partition)
{
	const char *part = quote_identifier(get_attname(rollup->store, definition->part, false));
	char *query = psprintf("SELECT FROM %s WHERE %s = %u UNION ALL SELECT FROM %s WHERE %s = %u",
						   ces_rollup_qualified_name(rollup->delta), part, partition,
						   ces_rollup_qualified_name(rollup->store), part, partition);

	ces_rollup_check_spi(SPI_execute(query, true, 1), query);
	return SPI_processed > 0;
}

/* Partitions: their triggers, and whether they are counted. */
static void
check_partitions(Status *status, const CesRollupDefinition *definition)
{
	List *uncounted = ces_rollup_partitions_counted(status->rollup, definition, false);
	ListCell *cell;

	foreach (cell, ces_rollup_leaves(definition->source))
	{
		Oid leaf = lfirst_oid(cell);
		const char *name = ces_rollup_qualified_name(leaf);

		if (get_rel_relkind(leaf) == RELKIND_FOREIGN_TABLE)
			put_row(status, psprintf("partition %s is a foreign table: changes on its server are missed", name),
					psprintf("ALTER TABLE %s DETACH PARTITION %s;", ces_rollup_qualified_name(definition->source), name));
		else
			check_trigger(status, leaf, ces_rollup_capture);
		if (get_rel_persistence(leaf) == RELPERSISTENCE_UNLOGGED && get_rel_persistence(definition->source) != RELPERSISTENCE_UNLOGGED)
			put_row(status, psprintf("partition %s is UNLOGGED, but the rollup is not: after a crash they differ", name),
					psprintf("ALTER TABLE %s SET LOGGED;", name));
	}
	foreach (cell, uncounted)
	{
		const CesRollupPartition *partition = lfirst(cell);

		/* One that is new and empty is right as it is. */
		if (status->populated &&
			(has_blocks(partition->part) || has_increments(status->rollup, definition, partition->part)))
			put_row(status, psprintf("partition %s is new, or was attached, truncated or rewritten, and is not counted yet", ces_rollup_qualified_name(partition->part)),
					call_of(status, "ces_fold_rollup"));
	}
}

/* The source itself. */
static void
check_source(Status *status, const CesRollupDefinition *definition)
{
	Oid source = definition->source;
	ListCell *cell;
	const char *name = ces_rollup_qualified_name(source);

	foreach (cell, definition->partitioned ? NIL : find_inheritance_children(source, NoLock))
	{
		const char *heir = ces_rollup_qualified_name(lfirst_oid(cell));

		put_row(status, psprintf("changes in %s, which inherits from %s, are missed", heir, name),
				psprintf("ALTER TABLE %s NO INHERIT %s; %s", heir, name, call_of(status, "ces_repair_rollup")));
	}
	if (check_enable_rls(source, status->rollup->owner, true) == RLS_ENABLED)
		put_row(status, psprintf("row-level security of %s applies to its owner: the rollup passes by it", name),
				psprintf("ALTER TABLE %s NO FORCE ROW LEVEL SECURITY;", name));
	if (get_rel_persistence(source) != get_rel_persistence(status->rollup->store))
		put_row(status, psprintf("%s is %s, but the rollup is not: after a crash they differ", name, get_rel_persistence(source) == RELPERSISTENCE_UNLOGGED ? "UNLOGGED" : "LOGGED"),
				psprintf("ALTER TABLE %s SET %s; ALTER TABLE %s SET %s;",
						 ces_rollup_qualified_name(status->rollup->store),
						 get_rel_persistence(source) == RELPERSISTENCE_UNLOGGED ? "UNLOGGED" : "LOGGED",
						 ces_rollup_qualified_name(status->rollup->delta),
						 get_rel_persistence(source) == RELPERSISTENCE_UNLOGGED ? "UNLOGGED" : "LOGGED"));
	if (ces_rollup_owner_of(source) != status->rollup->owner)
		put_row(status, psprintf("%s and the rollup have different owners: changes are errors", name),
				psprintf("ALTER TABLE %s OWNER TO %s;", name, quote_identifier(GetUserNameFromId(status->rollup->owner, false))));
	check_trigger(status, source, ces_rollup_capture);
	check_trigger(status, source, ces_rollup_truncate);
}

/* Everything that is wrong. */
static void
find_problems(Status *status)
{
	const CesRollupDefinition *definition;

	(void) ces_rollup_of_delta(status->rollup->delta);
	status->populated = ces_rollup_view_is_populated(status->rollup);
	status->deltas = count_deltas(status->rollup->delta);
	definition = ces_rollup_definition_of(status->rollup);
	status->source = definition->source;
	if (!status->populated)
		put_row(status, "the rollup is not populated", call_of(status, "ces_repair_rollup"));
	check_source(status, definition);
	if (definition->partitioned)
		check_partitions(status, definition);
	check_own_triggers(status, status->rollup->delta);
	check_own_triggers(status, status->rollup->store);
	if (OidIsValid(status->rollup->partition))
		check_own_triggers(status, status->rollup->partition);
}

/*
 * _ces_rollup_status(delta): the state of the rollup with these deltas, and its
 * problems.  An error is a problem, too: one rollup must not hide the others.
 */
PG_FUNCTION_INFO_V1(ces_rollup_status);
Datum
ces_rollup_status(PG_FUNCTION_ARGS)
{
	Status status = {.fcinfo = fcinfo, .rollup = ces_rollup_find(PG_GETARG_OID(0))};
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner resource_owner = CurrentResourceOwner;
	CesRollupCaller caller;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (status.rollup == NULL ||
		(!has_privs_of_role(GetUserId(), status.rollup->owner) &&
		 pg_class_aclcheck(status.rollup->view, GetUserId(), ACL_SELECT) != ACLCHECK_OK))
		return (Datum) 0;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		SPI_connect();
		ces_rollup_become_owner(&caller, status.rollup->owner);
		find_problems(&status);
		ces_rollup_become_caller(&caller);
		SPI_finish();
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
			ReThrowError(error);
		put_row(&status, error->message, error->hint);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = resource_owner;
	if (status.problems == 0)
		put_row(&status, NULL, NULL);
	return (Datum) 0;
}
