/*-------------------------------------------------------------------------
 *
 * rollup_fold.c
 *	  Folding, checking, repairing and populating rollups.
 *
 * Whatever is wrong in a rollup is made right in one way: the difference between the
 * answers and the rollup, in one snapshot, is appended to the deltas.  Changes that
 * are made meanwhile have deltas of their own, so they need not wait.  A rollup that has
 * just been created is populated in this way, too.
 *
 * Partitions can come and go without a trigger that says so.  So the rollup has a table
 * of those that it has counted, with the numbers of their trigger and their file: if
 * either has changed, the partition was attached, truncated or rewritten, and the next
 * fold counts it again.  In a database that was restored from a dump all numbers differ,
 * that of the trigger on the source too; a partition is then taken for what it was.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteSupport.h"
#include "rollup.h"
#include "rollup_create.h"
#include "rollup_fold.h"
#include "rollup_sql.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

/*
 * What follows a lock must see what was committed before it, so it needs a new snapshot.
 * At the other isolation levels there is none.
 */
void
ces_rollup_check_isolation(const char *function)
{
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("%s must run at isolation level READ COMMITTED", function),
				 errhint("BEGIN ISOLATION LEVEL READ COMMITTED;")));
}

/*
 * Become the owner to run SQL that is made of the query.  Its constants are the same
 * when they have been SQL in between, and no row of the source is left out unnoticed.
 */
static void
become_author(CesRollupCaller *caller, Oid owner)
{
	static const char *const settings[][2] = {
		{"DateStyle", "ISO"}, {"IntervalStyle", "postgres"}, {"extra_float_digits", "3"}, {"array_nulls", "on"}, {"row_security", "off"}};

	ces_rollup_become_owner(caller, owner);
	for (int i = 0; i < (int) lengthof(settings); i++)
		(void) set_config_option(settings[i][0], settings[i][1], PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Run a command in a new snapshot even if the transaction has one that it keeps, as the
 * checks of foreign keys do: a TRUNCATE must not fail over what it changes in a rollup.
 */
static int
execute_in_new_snapshot(const char *command, int nargs, Oid *types, Datum *values)
{
	SPIPlanPtr plan;
	int result;

	if (!IsolationUsesXactSnapshot())
		return SPI_execute_with_args(command, nargs, types, values, NULL, false, 0);
	plan = SPI_prepare(command, nargs, types);
	ces_rollup_check_spi(plan == NULL ? SPI_result : 0, command);
	result = SPI_execute_snapshot(plan, values, NULL, GetLatestSnapshot(), InvalidSnapshot, false, true, 0);
	SPI_freeplan(plan);
	return result;
}

/* Run a query that may run in parallel, with these options. */
static void
run_query(const char *query, const SPIExecuteOptions *options)
{
	SPIPlanPtr plan = SPI_prepare_cursor(query, 0, NULL, CURSOR_OPT_PARALLEL_OK);

	ces_rollup_check_spi(plan == NULL ? SPI_result : SPI_execute_plan_extended(plan, options), query);
	SPI_freeplan(plan);
}

/* Run a command that changes the tables of a rollup.  Its result is in SPI_tuptable. */
static void
run_as_writer(const char *command, int nargs, Oid *types, Datum *values)
{
	int result = 0;

	ces_rollup_writing++;
	PG_TRY();
	{
		result = execute_in_new_snapshot(command, nargs, types, values);
	}
	PG_FINALLY();
	{
		ces_rollup_writing--;
	}
	PG_END_TRY();
	ces_rollup_check_spi(result, command);
}

/* An array of relations. */
static Datum
regclass_array(const List *relations)
{
	Datum *elements = palloc(sizeof(Datum) * (list_length(relations) + 1));
	int n = 0;
	ListCell *cell;

	foreach (cell, relations)
		elements[n++] = ObjectIdGetDatum(lfirst_oid(cell));
	return PointerGetDatum(construct_array(elements, n, REGCLASSOID, sizeof(Oid), true, TYPALIGN_INT));
}

/* A column of the first row of the last result. */
static Datum
first_result(int column, bool *null)
{
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, null);
}

/*
 * Partitions
 */

/* Find the numbers by which a partition is known.  False if it is gone. */
static bool
identify(const CesRollup *rollup, Oid table, CesRollupPartition *partition)
{
	Relation relation = try_relation_open(table, AccessShareLock);
	const Trigger *capture;

	if (relation == NULL)
		return false;
	capture = ces_rollup_find_trigger(relation, ces_rollup_capture, rollup->delta);
	partition->part = table;
	partition->capture_trigger = capture == NULL ? InvalidOid : capture->tgoid;
	partition->filenode = relation->rd_rel->relfilenode;
	relation_close(relation, NoLock);
	return true;
}

/*
 * The trigger that captures changes of the source.  That is locked, or a partition of it is,
 * after which it must not be.
 */
static Oid
source_trigger(const CesRollup *rollup, const CesRollupDefinition *definition)
{
	Relation source = RelationIdGetRelation(definition->source);
	Oid trigger = InvalidOid;

	if (RelationIsValid(source))
	{
		const Trigger *capture = ces_rollup_find_trigger(source, ces_rollup_capture, rollup->delta);

		trigger = capture == NULL ? InvalidOid : capture->tgoid;
		RelationClose(source);
	}
	return trigger;
}

/* Has the rollup counted this partition, as it is now? */
static bool
is_counted(const CesRollup *rollup, const CesRollupPartition *partition, Oid source_trigger_now)
{
	Oid types[] = {REGCLASSOID, OIDOID, OIDOID, OIDOID};
	Datum values[] = {ObjectIdGetDatum(partition->part), ObjectIdGetDatum(partition->capture_trigger),
					  ObjectIdGetDatum(partition->filenode), ObjectIdGetDatum(source_trigger_now)};
	char *query = psprintf("SELECT FROM %s WHERE part = $1 AND "
						   "(capture_trigger = $2 AND filenode = $3 OR source_trigger <> $4)",
						   ces_rollup_qualified_name(rollup->partition));

	ces_rollup_check_spi(SPI_execute_with_args(query, 4, types, values, NULL, true, 0), query);
	return SPI_processed > 0;
}

/*
 * Is a rollup as it was restored from a dump, with nothing counted since?  Then the source has a
 * trigger that no partition was counted with.
 */
bool
ces_rollup_is_as_restored(const CesRollup *rollup, const CesRollupDefinition *definition)
{
	Oid trigger = source_trigger(rollup, definition);
	Relation relation = table_open(rollup->partition, AccessShareLock);
	AttrNumber column = get_attnum(rollup->partition, "source_trigger");
	Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(relation, snapshot, 0, NULL);
	TupleTableSlot *slot = table_slot_create(relation, NULL);
	bool restored = true;

	while (restored && table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool null;

		restored = DatumGetObjectId(slot_getattr(slot, column, &null)) != trigger;
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(relation, AccessShareLock);
	return restored;
}

/* Note that a partition is counted. */
static void
note_counted(const CesRollup *rollup, const CesRollupPartition *partition, Oid source_trigger_now)
{
	Oid types[] = {REGCLASSOID, OIDOID, OIDOID, OIDOID};
	Datum values[] = {ObjectIdGetDatum(partition->part), ObjectIdGetDatum(partition->capture_trigger),
					  ObjectIdGetDatum(partition->filenode), ObjectIdGetDatum(source_trigger_now)};

	run_as_writer(psprintf("INSERT INTO %s AS p (part, capture_trigger, filenode, source_trigger) VALUES ($1, $2, $3, $4) "
						   "ON CONFLICT (part) DO UPDATE SET capture_trigger = $2, filenode = $3, source_trigger = $4 "
						   "WHERE (p.capture_trigger, p.filenode, p.source_trigger) <> ($2, $3, $4)",
						   ces_rollup_qualified_name(rollup->partition)),
				  4, types, values);
}

/* Note that partitions are counted as they are now, after a TRUNCATE. */
void
ces_rollup_note_counted(const CesRollup *rollup, const CesRollupDefinition *definition, const List *leaves)
{
	Oid trigger = source_trigger(rollup, definition);
	CesRollupCaller caller;
	CesRollupPartition partition;
	ListCell *cell;

	SPI_connect();
	ces_rollup_become_owner(&caller, rollup->owner);
	foreach (cell, leaves)
	{
		if (identify(rollup, lfirst_oid(cell), &partition))
			note_counted(rollup, &partition, trigger);
	}
	ces_rollup_become_caller(&caller);
	SPI_finish();
}

/*
 * The partitions, as they are now; those that the rollup has counted, or the others.
 * They stay locked.  Needs a connection of SPI.
 */
List *
ces_rollup_partitions_counted(const CesRollup *rollup, const CesRollupDefinition *definition, bool counted)
{
	Oid trigger = source_trigger(rollup, definition);
	List *partitions = NIL;
	ListCell *cell;

	foreach (cell, ces_rollup_leaves(definition->source))
	{
		CesRollupPartition *partition = palloc(sizeof(CesRollupPartition));

		if (identify(rollup, lfirst_oid(cell), partition) && is_counted(rollup, partition, trigger) == counted)
			partitions = lappend(partitions, partition);
	}
	return partitions;
}

/* Forget the partitions that the source has no more, and their groups. */
static void
forget_partitions(const CesRollup *rollup, const CesRollupDefinition *definition)
{
	Oid type = REGCLASSARRAYOID;
	Datum leaves = regclass_array(ces_rollup_leaves(definition->source));

	run_as_writer(psprintf("DELETE FROM %s WHERE part <> ALL ($1)", ces_rollup_qualified_name(rollup->partition)), 1, &type, &leaves);
	if (SPI_processed > 0)
		run_as_writer(psprintf("DELETE FROM %s WHERE %s <> ALL ($1)", ces_rollup_qualified_name(rollup->store),
							   quote_identifier(get_attname(rollup->store, definition->part, false))),
					  1, &type, &leaves);
}

/*
 * Differences
 */

/*
 * Append to the deltas what the rollup lacks of the answers in a table, the source or a
 * partition of it, in a new snapshot.  Returns the number of groups that were wrong.
 * A query alone can run in parallel, so its result is kept until it is done.
 */
static uint64
append_difference(const CesRollupParts *parts, Oid table)
{
	Tuplestorestate *differences = tuplestore_begin_heap(false, false, work_mem);
	SPIExecuteOptions options = {.read_only = true, .dest = CreateDestReceiver(DestTuplestore)};
	const char *query = ces_rollup_difference_sql(parts, table);
	Relation delta = table_open(parts->rollup->delta, RowExclusiveLock);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(delta), &TTSOpsMinimalTuple);
	CesRollupAppender *appender;
	uint64 groups = 0;

	SetTuplestoreDestReceiverParams(options.dest, differences, CurrentMemoryContext, false, NULL, NULL);
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	run_query(query, &options);
	appender = ces_rollup_begin_append(delta);
	while (tuplestore_gettupleslot(differences, true, false, slot))
	{
		slot_getallattrs(slot);
		ces_rollup_append(appender, slot->tts_values, slot->tts_isnull);
		groups++;
	}
	ces_rollup_end_append(appender);
	PopActiveSnapshot();
	CommandCounterIncrement();
	ExecDropSingleTupleTableSlot(slot);
	table_close(delta, NoLock);
	options.dest->rDestroy(options.dest);
	tuplestore_end(differences);
	return groups;
}

/*
 * Make the rollup right for a partition, or for the whole of a source that is not
 * partitioned.  The table and the rollup are locked.
 */
static uint64
recount(const CesRollupParts *parts, Oid table)
{
	uint64 groups = append_difference(parts, table);
	CesRollupPartition partition;

	/* Plans that read the answers can be better now. */
	CacheInvalidateRelcacheByRelid(parts->definition->source);
	if (parts->definition->partitioned && identify(parts->rollup, table, &partition))
		note_counted(parts->rollup, &partition, source_trigger(parts->rollup, parts->definition));
	return groups;
}

/*
 * Rows whose changes have not become deltas yet, since a statement of this session goes
 * on, would be counted twice.  A constraint that is deferred looks the same.
 */
static void
check_nothing_is_pending(const CesRollup *rollup, Oid table)
{
	if (AfterTriggerPendingOnRel(table) || AfterTriggerPendingOnRel(rollup->delta))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("cannot count \"%s\" because it has pending trigger events", get_rel_name(table)),
				 errhint("Repair or fold the rollup outside of triggers, and after SET CONSTRAINTS ALL IMMEDIATE;")));
}

/*
 * Folding
 */

/* What to do if the keys of a group don't fit into the index of the store. */
static char *
hint_short_keys(const CesRollupDefinition *definition)
{
	for (int i = 0; i < definition->ncolumns; i++)
	{
		const CesRollupColumn *column = &definition->columns[i];
		const char *name = quote_identifier(column->name);

		if (column->kind == CES_ROLLUP_KEY && TypeCategory(column->type) == TYPCATEGORY_STRING)
			return psprintf("Create the rollup again with a shorter key, such as left(%s, 100) in place of %s.", name, name);
	}
	return "Create the rollup again with shorter keys.";
}

static void
add_hint_for_long_keys(void *hint)
{
	if (geterrcode() == ERRCODE_PROGRAM_LIMIT_EXCEEDED)
		errhint("%s", (char *) hint);
}

/* Move the deltas into the store.  Returns how many there were. */
static int64
fold_deltas(const CesRollupParts *parts)
{
	ErrorContextCallback callback = {.callback = add_hint_for_long_keys, .arg = hint_short_keys(parts->definition), .previous = error_context_stack};
	int64 folded;
	Datum emptied;
	bool null;

	error_context_stack = &callback;
	run_as_writer(ces_rollup_fold_sql(parts), 0, NULL, NULL);
	error_context_stack = callback.previous;
	folded = DatumGetInt64(first_result(1, &null));
	emptied = first_result(2, &null);
	if (!null)
	{
		Oid tids = TIDARRAYOID;

		run_as_writer(psprintf("DELETE FROM %s WHERE ctid = ANY ($1)", ces_rollup_qualified_name(parts->rollup->store)),
					  1, &tids, &emptied);
	}
	return folded;
}

/* ces_fold_rollup(rollup): move the deltas into the store. */
PG_FUNCTION_INFO_V1(ces_fold_rollup);
Datum
ces_fold_rollup(PG_FUNCTION_ARGS)
{
	CesRollup *rollup = ces_rollup_owned(PG_GETARG_OID(0));
	CesRollupParts parts = {.rollup = rollup, .schema = ces_rollup_schema(fcinfo)};
	CesRollupCaller caller;
	List *counted = NIL;
	List *uncounted = NIL;
	ListCell *cell;
	bool populated;
	int64 folded;

	PreventCommandDuringRecovery("ces_fold_rollup()");
	PreventCommandIfReadOnly("ces_fold_rollup()");
	ces_rollup_check_isolation("ces_fold_rollup");
	SPI_connect();
	become_author(&caller, rollup->owner);
	parts.definition = ces_rollup_definition_of(rollup);
	populated = ces_rollup_view_is_populated(rollup);
	/* Partitions are locked before the rollup, as those who TRUNCATE them do. */
	if (parts.definition->partitioned && populated)
	{
		counted = ces_rollup_partitions_counted(rollup, parts.definition, true);
		uncounted = ces_rollup_partitions_counted(rollup, parts.definition, false);
	}
	ces_rollup_lock(rollup);
	foreach (cell, uncounted)
	{
		Oid partition = ((CesRollupPartition *) lfirst(cell))->part;

		check_nothing_is_pending(rollup, partition);
		(void) recount(&parts, partition);
	}
	folded = fold_deltas(&parts);
	if (parts.definition->partitioned && populated)
	{
		/* In a restored database, their numbers are new. */
		foreach (cell, counted)
			note_counted(rollup, lfirst(cell), source_trigger(rollup, parts.definition));
		forget_partitions(rollup, parts.definition);
	}
	ces_rollup_become_caller(&caller);
	SPI_finish();
	PG_RETURN_INT64(folded);
}

/*
 * Populating
 */

/* Is this a call of the function that raises the error for an unpopulated rollup? */
static bool
reports_unpopulated(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr))
	{
		FmgrInfo function;

		fmgr_info(((FuncExpr *) node)->funcid, &function);
		if (function.fn_addr == ces_rollup_is_populated)
			return true;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, reports_unpopulated, context, 0);
	return expression_tree_walker(node, reports_unpopulated, context);
}

/* Is the rollup populated?  Until it is, its view is one that raises an error. */
bool
ces_rollup_view_is_populated(const CesRollup *rollup)
{
	Relation view = relation_open(rollup->view, AccessShareLock);
	bool populated = !reports_unpopulated((Node *) get_view_query(view), NULL);

	relation_close(view, NoLock);
	return populated;
}

/* _ces_rollup_is_populated(delta): raises the error for a rollup that isn't. */
PG_FUNCTION_INFO_V1(ces_rollup_is_populated);
Datum
ces_rollup_is_populated(PG_FUNCTION_ARGS)
{
	CesRollup *rollup = ces_rollup_of_delta(PG_GETARG_OID(0));

	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("rollup \"%s\" has not been populated", get_rel_name(rollup->view)),
			 errhint("SELECT %s.ces_repair_rollup(%s);", ces_rollup_schema(fcinfo),
					 quote_literal_cstr(ces_rollup_qualified_name(rollup->view)))));
}

/* Was the view of a rollup changed by a transaction that the snapshot does not see? */
bool
ces_rollup_is_newer_than_snapshot(Oid view)
{
	HeapTuple rule = SearchSysCache2(RULERELNAME, ObjectIdGetDatum(view), PointerGetDatum(ViewSelectRuleName));
	TransactionId changed;

	if (!HeapTupleIsValid(rule))
		return false;
	changed = HeapTupleHeaderGetXmin(rule->t_data);
	ReleaseSysCache(rule);
	return !TransactionIdIsCurrentTransactionId(changed) && XidInMVCCSnapshot(changed, GetActiveSnapshot());
}

/*
 * _ces_rollup_is_visible(delta): true, or an error if the rollup was populated after the
 * snapshot.  The view is there for every transaction, but its rows aren't.
 */
PG_FUNCTION_INFO_V1(ces_rollup_is_visible);
Datum
ces_rollup_is_visible(PG_FUNCTION_ARGS)
{
	const CesRollup *rollup = ces_rollup_find(PG_GETARG_OID(0));

	if (rollup != NULL && ces_rollup_is_newer_than_snapshot(rollup->view))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("rollup \"%s\" is newer than the snapshot of this transaction", get_rel_name(rollup->view)),
				 errhint("Read it in a transaction that begins now.")));
	PG_RETURN_BOOL(true);
}

/* The tables to count: the partitions, or the source if it has none. */
static List *
tables_to_count(const CesRollupDefinition *definition)
{
	return definition->partitioned ? ces_rollup_leaves(definition->source) : list_make1_oid(definition->source);
}

/* Count a table for the first time, and say so. */
static void
populate_table(const CesRollupParts *parts, Oid table, int number, int of)
{
	uint64 groups;

	LockRelationOid(table, AccessShareLock);
	ces_rollup_lock(parts->rollup);
	if (get_rel_name(table) == NULL)
		return;
	groups = recount(parts, table);
	ereport(NOTICE,
			(errmsg_plural("counted \"%s\": " UINT64_FORMAT " group%s", "counted \"%s\": " UINT64_FORMAT " groups%s",
						   groups, get_rel_name(table), groups,
						   of > 1 ? psprintf(" (%d of %d)", number, of) : "")));
}

/* The names of the columns of the view, which may have been renamed. */
static char *
column_names(const CesRollupParts *parts)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 1; i <= parts->definition->ncolumns; i++)
		appendStringInfo(&names, "%s%s", i > 1 ? ", " : "",
						 quote_identifier(get_attname(parts->rollup->view, (AttrNumber) i, false)));
	return names.data;
}

/* Fold what was counted, and open the view. */
static void
open_view(const CesRollupParts *parts)
{
	const char *view = ces_rollup_qualified_name(parts->rollup->view);
	const char *command;

	ces_rollup_lock(parts->rollup);
	(void) fold_deltas(parts);
	command = psprintf("CREATE OR REPLACE VIEW %s (%s) AS %s", view, column_names(parts), ces_rollup_view_sql(parts, true));
	ces_rollup_check_spi(SPI_execute(command, false, 0), command);
}

/* One step of populating a rollup: count a table, or, if there is none, open the view. */
static void
populate_step(CesRollupParts *parts, Oid table, int number, int of)
{
	CesRollupCaller caller;

	become_author(&caller, parts->rollup->owner);
	if (OidIsValid(table))
		populate_table(parts, table, number, of);
	else
		open_view(parts);
	ces_rollup_become_caller(&caller);
}

/* The same, in a subtransaction.  Returns the error, if there is one. */
static ErrorData *
try_populate_step(CesRollupParts *parts, Oid table, int number, int of)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner resource_owner = CurrentResourceOwner;
	ErrorData *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		populate_step(parts, table, number, of);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = resource_owner;
	return error;
}

/* Populate a rollup in this transaction. */
void
ces_rollup_populate(const CesRollup *rollup, const char *schema)
{
	CesRollupParts parts = {.rollup = rollup, .schema = schema, .definition = ces_rollup_definition_of(rollup)};
	List *tables = tables_to_count(parts.definition);
	ListCell *cell;

	foreach (cell, tables)
		populate_step(&parts, lfirst_oid(cell), foreach_current_index(cell) + 1, list_length(tables));
	populate_step(&parts, InvalidOid, 0, 0);
}

/*
 * Populate a rollup in a transaction for each table.  After an error, which is returned,
 * the transaction can still be used.
 */
ErrorData *
ces_rollup_populate_in_steps(const CesRollup *rollup, const char *schema)
{
	CesRollupParts parts = {.rollup = rollup, .schema = schema, .definition = ces_rollup_definition_of(rollup)};
	List *tables = tables_to_count(parts.definition);
	ListCell *cell;

	foreach (cell, tables)
	{
		ErrorData *error = try_populate_step(&parts, lfirst_oid(cell), foreach_current_index(cell) + 1, list_length(tables));
		if (error != NULL)
			return error;
		SPI_commit();
	}
	return try_populate_step(&parts, InvalidOid, 0, 0);
}

/*
 * Repairing and checking
 */

/* The tables to repair: one partition, or all. */
static List *
tables_to_repair(const CesRollupDefinition *definition, Oid partition)
{
	List *tables = tables_to_count(definition);

	if (!OidIsValid(partition))
		return tables;
	if (!definition->partitioned)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" has no partitions", get_rel_name(definition->source)),
				 errhint("Call ces_repair_rollup with the rollup alone.")));
	if (!list_member_oid(tables, partition))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a partition of \"%s\" that has rows itself",
						get_rel_name(partition) == NULL ? "?" : get_rel_name(partition), get_rel_name(definition->source)),
				 errhint("SELECT relid FROM pg_partition_tree(%s) WHERE isleaf;",
						 quote_literal_cstr(ces_rollup_qualified_name(definition->source)))));
	return list_make1_oid(partition);
}

/*
 * ces_repair_rollup(rollup, partition): make the rollup right, and its triggers.  If
 * these were missing, all partitions may have changed.
 */
PG_FUNCTION_INFO_V1(ces_repair_rollup);
Datum
ces_repair_rollup(PG_FUNCTION_ARGS)
{
	CesRollup *rollup;
	CesRollupParts parts = {.schema = ces_rollup_schema(fcinfo)};
	CesRollupCaller caller;
	List *tables;
	ListCell *cell;
	bool populated;
	int64 groups = 0;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	parts.rollup = rollup = ces_rollup_owned(PG_GETARG_OID(0));
	PreventCommandDuringRecovery("ces_repair_rollup()");
	PreventCommandIfReadOnly("ces_repair_rollup()");
	ces_rollup_check_isolation("ces_repair_rollup");
	SPI_connect();
	become_author(&caller, rollup->owner);
	parts.definition = ces_rollup_definition_of(rollup);
	populated = ces_rollup_view_is_populated(rollup);
	tables = tables_to_repair(parts.definition, PG_ARGISNULL(1) ? InvalidOid : PG_GETARG_OID(1));
	if (ces_rollup_ensure_triggers(rollup, parts.definition, parts.schema) || !populated)
		tables = tables_to_count(parts.definition);
	foreach (cell, tables)
		LockRelationOid(lfirst_oid(cell), AccessShareLock);
	ces_rollup_lock(rollup);
	foreach (cell, tables)
	{
		check_nothing_is_pending(rollup, lfirst_oid(cell));
		groups += (int64) recount(&parts, lfirst_oid(cell));
	}
	if (parts.definition->partitioned)
		forget_partitions(rollup, parts.definition);
	if (!populated)
		open_view(&parts);
	ces_rollup_become_caller(&caller);
	SPI_finish();
	PG_RETURN_INT64(groups);
}

/* ces_check_rollup(rollup): the groups in which the rollup and the answers differ. */
PG_FUNCTION_INFO_V1(ces_check_rollup);
Datum
ces_check_rollup(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	CesRollup *rollup = ces_rollup_owned(PG_GETARG_OID(0));
	CesRollupParts parts = {.rollup = rollup, .schema = ces_rollup_schema(fcinfo)};
	SPIExecuteOptions options = {.read_only = true};
	CesRollupCaller caller;
	const char *query;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	SPI_connect();
	become_author(&caller, rollup->owner);
	parts.definition = ces_rollup_definition_of(rollup);
	query = ces_rollup_excess_sql(&parts);
	ces_rollup_check_spi(SPI_execute(query, true, 1), query);
	query = ces_rollup_check_sql(&parts, SPI_processed > 0);
	options.dest = CreateDestReceiver(DestTuplestore);
	SetTuplestoreDestReceiverParams(options.dest, result->setResult, result->econtext->ecxt_per_query_memory, false, NULL, NULL);
	run_query(query, &options);
	options.dest->rDestroy(options.dest);
	ces_rollup_become_caller(&caller);
	SPI_finish();
	return (Datum) 0;
}
