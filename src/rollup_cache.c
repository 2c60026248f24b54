/*-------------------------------------------------------------------------
 *
 * rollup_cache.c
 *	  The rollups of a table, for the planner.
 *
 * Reading the query of a rollup takes long, so what the planner needs is kept for as long
 * as the backend lives, and made anew when something changes that it depends on.  What
 * depends on the snapshot is looked at each time: which partitions have been counted, and
 * whether the table has changed since.
 *
 * A rollup is used without the user having asked for it, so nothing that is wrong with one
 * may be an error.  And it must belong to the owner of the table, or those who may only create
 * triggers could make up what others see.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "compat.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "pgtime.h"
#include "rollup_cache.h"
#include "rollup_capture.h"
#include "rollup_create.h"
#include "rollup_fold.h"
#include "rollup_sql.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

struct CesCachedPartition
{
	CesRollupPartition numbers;
	TransactionId trigger_changed; /* by whom the trigger was made, or last enabled */
	bool has_nothing; /* no increments were found, which remains so while it has no rows */
};

/* What is known of a table */
typedef struct RollupsOfTable
{
	Oid table; /* hash key */
	MemoryContext context; /* of all that follows */
	bool is_stale;
	bool is_being_read;
	Oid view; /* of the rollup that is being read; here, where an error leaves it alone */
	List *rollups; /* CesCachedRollup */
	List *broken; /* CesBrokenRollup */
	List *dependencies; /* OIDs of relations */
} RollupsOfTable;

static HTAB *tables = NULL;
static Oid capture_function = InvalidOid; /* known to be the one that captures changes */

/*
 * Invalidation
 */

/* A relation has changed, or all may have, if it is InvalidOid. */
static void
relation_changed(Datum argument, Oid relation)
{
	HASH_SEQ_STATUS status;
	RollupsOfTable *table;

	(void) argument;
	hash_seq_init(&status, tables);
	while ((table = hash_seq_search(&status)) != NULL)
	{
		if (!OidIsValid(relation) || list_member_oid(table->dependencies, relation))
			table->is_stale = true;
	}
}

/* A function has changed, which may be part of others. */
static void
function_changed(Datum argument, int cache, uint32 hash)
{
	HASH_SEQ_STATUS status;
	RollupsOfTable *table;

	(void) argument;
	(void) cache;
	(void) hash;
	capture_function = InvalidOid;
	hash_seq_init(&status, tables);
	while ((table = hash_seq_search(&status)) != NULL)
		table->is_stale = true;
}

/* May what is known of a table depend on a type? */
static bool
depends_on_type(const RollupsOfTable *table, uint32 hash)
{
	ListCell *cell;

	if (hash == 0 || table->is_being_read || table->broken != NIL)
		return true;
	foreach (cell, table->rollups)
	{
		if (list_member_int(((const CesCachedRollup *) lfirst(cell))->types, (int) hash))
			return true;
	}
	return false;
}

/* A type has changed.  Each table has one, so most don't matter. */
static void
type_changed(Datum argument, int cache, uint32 hash)
{
	HASH_SEQ_STATUS status;
	RollupsOfTable *table;

	(void) argument;
	(void) cache;
	hash_seq_init(&status, tables);
	while ((table = hash_seq_search(&status)) != NULL)
		table->is_stale |= depends_on_type(table, hash);
}

/* Make what is needed to keep anything, once. */
static void
begin(void)
{
	HASHCTL control = {.keysize = sizeof(Oid), .entrysize = sizeof(RollupsOfTable)};

	if (tables != NULL)
		return;
	tables = hash_create("ces rollups of tables", 16, &control, HASH_ELEM | HASH_BLOBS);
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, function_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, type_changed, (Datum) 0);
}

/* Forget what must be made anew.  Somebody may be using it until the transaction ends. */
static void
forget_stale_tables(void)
{
	HASH_SEQ_STATUS status;
	RollupsOfTable *table;

	hash_seq_init(&status, tables);
	while ((table = hash_seq_search(&status)) != NULL)
	{
		if (!table->is_stale || table->is_being_read)
			continue;
		MemoryContextSetParent(table->context, TopTransactionContext);
		hash_search(tables, &table->table, HASH_REMOVE, NULL);
	}
}

/*
 * Which triggers capture changes
 */

/* Is a function written in C, and called like ours in there? */
static bool
may_be_capture(Oid function)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool result = false;

	if (!HeapTupleIsValid(tuple))
		return false;
	if (((Form_pg_proc) GETSTRUCT(tuple))->prolang == ClanguageId)
	{
		bool null;
		Datum name = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &null);

		result = !null && strcmp(TextDatumGetCString(name), "ces_rollup_capture") == 0;
	}
	ReleaseSysCache(tuple);
	return result;
}

/* Does a trigger capture changes for a rollup? */
static bool
captures(const Trigger *trigger)
{
	Oid function = trigger->tgfoid;

	if (likely(function == capture_function))
		return true;
	if (function < FirstNormalObjectId || !may_be_capture(function))
		return false;
	if (!ces_rollup_trigger_calls(&(Trigger){.tgfoid = function}, ces_rollup_capture))
		return false;
	capture_function = function;
	return true;
}

/*
 * Has a table any rollup?  So may have a partition, in whose case it is one of another
 * table.  Looking at catalogs can replace the triggers of a relation that is open.
 */
bool
ces_has_rollups(Relation source)
{
	begin();
	for (int i = 0; source->trigdesc != NULL && i < source->trigdesc->numtriggers; i++)
	{
		if (captures(&source->trigdesc->triggers[i]))
			return true;
	}
	return false;
}

/*
 * What is wrong with a rollup in any snapshot
 */

/* A call of a function of the extension that takes the rollup. */
static char *
call_of(const CesCachedRollup *cached, const char *function)
{
	return psprintf("SELECT %s.%s(%s);", cached->schema, function,
					quote_literal_cstr(ces_rollup_qualified_name(cached->rollup->view)));
}

/* Why a trigger of the source or a partition may have missed something. */
static char *
problem_of_trigger(const CesCachedRollup *cached, Relation table, PGFunction function)
{
	const Trigger *trigger = ces_rollup_find_trigger(table, function, cached->rollup->delta);
	const char *name;
	const char *what = function == ces_rollup_capture ? "changes" : "TRUNCATE";

	if (trigger != NULL && trigger->tgenabled == TRIGGER_FIRES_ALWAYS)
		return NULL;
	name = ces_rollup_qualified_name(RelationGetRelid(table));
	if (trigger == NULL)
		return psprintf("%s has no trigger for %s; %s", name, what, call_of(cached, "ces_repair_rollup"));
	return psprintf("trigger %s of %s is not ENABLE ALWAYS: %s may have been missed; %s",
					quote_identifier(trigger->tgname), name, what, call_of(cached, "ces_repair_rollup"));
}

/* The rollup's own tables: why their changes may have been missed. */
static char *
problem_of_own_triggers(const CesCachedRollup *cached, Oid table)
{
	Relation relation = table_open(table, AccessShareLock);
	const TriggerDesc *triggers = CopyTriggerDesc(relation->trigdesc);
	const char *missing = ces_rollup_missing_trigger(cached->rollup, table);

	table_close(relation, NoLock);
	if (missing != NULL)
		return psprintf("%s has no trigger %s; %s", ces_rollup_qualified_name(table), missing, call_of(cached, "ces_repair_rollup"));
	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		if (triggers->triggers[i].tgenabled != TRIGGER_FIRES_ALWAYS)
			return psprintf("trigger %s of %s is not ENABLE ALWAYS; %s", quote_identifier(triggers->triggers[i].tgname),
							ces_rollup_qualified_name(table), call_of(cached, "ces_repair_rollup"));
	}
	return NULL;
}

/* Does one of two tables lose its rows in a crash, and the other not? */
static char *
problem_of_persistence(const CesCachedRollup *cached, Oid table)
{
	char persistence = get_rel_persistence(cached->definition->source);

	if (get_rel_persistence(table) == persistence)
		return NULL;
	return psprintf("%s is %s, but %s is not: after a crash they differ; ALTER TABLE %s SET %s;",
					ces_rollup_qualified_name(cached->definition->source), persistence == RELPERSISTENCE_UNLOGGED ? "UNLOGGED" : "LOGGED",
					ces_rollup_qualified_name(table), ces_rollup_qualified_name(table), persistence == RELPERSISTENCE_UNLOGGED ? "UNLOGGED" : "LOGGED");
}

/*
 * Which transaction has made a trigger, or enabled it last?  A snapshot that does not see that
 * may be one in which changes are missing.
 */
static TransactionId
trigger_changed(Oid trigger)
{
	Relation catalog = table_open(TriggerRelationId, AccessShareLock);
	TransactionId changed = FrozenTransactionId;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(trigger));
	scan = systable_beginscan(catalog, TriggerOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		changed = HeapTupleHeaderGetXmin(tuple->t_data);
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return changed;
}

/* What is wrong with the source. */
static char *
problem_of_source(const CesCachedRollup *cached, Relation source)
{
	const char *name = ces_rollup_qualified_name(RelationGetRelid(source));
	List *heirs = cached->definition->partitioned ? NIL : find_inheritance_children(RelationGetRelid(source), NoLock);
	char *problem;

	if (heirs != NIL)
		return psprintf("changes in %s, which inherits from %s, are missed; ALTER TABLE %s NO INHERIT %s; %s",
						ces_rollup_qualified_name(linitial_oid(heirs)), name,
						ces_rollup_qualified_name(linitial_oid(heirs)), name, call_of(cached, "ces_repair_rollup"));
	problem = problem_of_trigger(cached, source, ces_rollup_capture);
	return problem != NULL ? problem : problem_of_trigger(cached, source, ces_rollup_truncate);
}

/* What is wrong with a partition, if it is there.  That also finds its numbers. */
static char *
problem_of_partition(const CesCachedRollup *cached, Oid table, CesCachedPartition *partition)
{
	Relation relation = RelationIdGetRelation(table);
	const char *source = ces_rollup_qualified_name(cached->definition->source);
	const Trigger *capture;
	char *problem;

	if (!RelationIsValid(relation))
		return NULL;
	capture = ces_rollup_find_trigger(relation, ces_rollup_capture, cached->rollup->delta);
	partition->numbers.part = table;
	partition->numbers.capture_trigger = capture == NULL ? InvalidOid : capture->tgoid;
	partition->numbers.filenode = relation->rd_rel->relfilenode;
	if (relation->rd_rel->relkind == RELKIND_FOREIGN_TABLE)
		problem = psprintf("partition %s is a foreign table: changes on its server are missed; ALTER TABLE %s DETACH PARTITION %s;",
						   ces_rollup_qualified_name(table), source, ces_rollup_qualified_name(table));
	else
		problem = problem_of_trigger(cached, relation, ces_rollup_capture);
	RelationClose(relation);
	partition->trigger_changed = trigger_changed(partition->numbers.capture_trigger);
	return problem != NULL ? problem : problem_of_persistence(cached, table);
}

static int
compare_partitions(const void *a, const void *b)
{
	Oid part_of_a = ((const CesCachedPartition *) a)->numbers.part;
	Oid part_of_b = ((const CesCachedPartition *) b)->numbers.part;

	return part_of_a < part_of_b ? -1 : part_of_a > part_of_b;
}

/* Read the numbers of all partitions, and what is wrong with one of them. */
static char *
read_partitions(CesCachedRollup *cached)
{
	List *leaves = ces_rollup_leaves(cached->definition->source);
	char *problem = NULL;
	ListCell *cell;

	cached->partitions = palloc0(sizeof(CesCachedPartition) * (list_length(leaves) + 1));
	foreach (cell, leaves)
	{
		CesCachedPartition *partition = &cached->partitions[cached->npartitions];
		char *problem_of_this = problem_of_partition(cached, lfirst_oid(cell), partition);

		if (OidIsValid(partition->numbers.part))
			cached->npartitions++;
		if (problem == NULL)
			problem = problem_of_this;
	}
	qsort(cached->partitions, cached->npartitions, sizeof(CesCachedPartition), compare_partitions);
	return problem;
}

/* The first thing that is wrong. */
static char *
find_problem(CesCachedRollup *cached, Relation source)
{
	const CesRollup *rollup = cached->rollup;
	const Oid own_tables[] = {rollup->store, rollup->delta, rollup->partition};
	char *problem = problem_of_source(cached, source);

	if (problem != NULL)
		return problem;
	if (!ces_rollup_view_is_populated(rollup))
		return psprintf("rollup %s has not been populated; %s", ces_rollup_qualified_name(rollup->view), call_of(cached, "ces_repair_rollup"));
	for (int i = 0; problem == NULL && i < (int) lengthof(own_tables); i++)
	{
		if (!OidIsValid(own_tables[i]))
			continue;
		problem = problem_of_persistence(cached, own_tables[i]);
		if (problem == NULL)
			problem = problem_of_own_triggers(cached, own_tables[i]);
	}
	if (problem == NULL && cached->definition->partitioned)
		problem = read_partitions(cached);
	return problem;
}

/*
 * Reading rollups
 */

/* An expression as the planner will have it. */
static Expr *
simplify(const Expr *expression)
{
	return (Expr *) eval_const_expressions(NULL, copyObject((Node *) unconstify(Expr *, expression)));
}

/* A definition with simplified expressions. */
static CesRollupDefinition *
simplify_definition(const CesRollupDefinition *definition)
{
	CesRollupDefinition *simple = palloc(sizeof(CesRollupDefinition));

	*simple = *definition;
	simple->columns = palloc(sizeof(CesRollupColumn) * definition->ncolumns);
	simple->where = simplify(definition->where);
	for (int i = 0; i < definition->ncolumns; i++)
	{
		const CesRollupColumn *column = &definition->columns[i];

		simple->columns[i] = *column;
		simple->columns[i].name = pstrdup(column->name);
		simple->columns[i].expression = simplify(column->expression);
		simple->columns[i].scale = simplify(column->scale);
		simple->columns[i].filter = simplify(column->filter);
	}
	return simple;
}

/* Note that a definition depends on a type. */
static void
add_type(List **types, Oid type)
{
	*types = list_append_unique_int(*types, (int) GetSysCacheHashValue1(TYPEOID, ObjectIdGetDatum(type)));
}

/* Find the types to which an expression casts: the planner looks at the constraints of domains. */
static bool
find_types(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, CoerceToDomain) || IsA(node, RelabelType) || IsA(node, CoerceViaIO) || IsA(node, ArrayCoerceExpr) || IsA(node, ConvertRowtypeExpr))
		add_type(context, exprType(node));
	return expression_tree_walker(node, find_types, context);
}

/* All types that a definition depends on. */
static void
add_types(List **types, const CesRollupDefinition *definition)
{
	(void) find_types((Node *) definition->where, types);
	for (int i = 0; i < definition->ncolumns; i++)
	{
		const CesRollupColumn *column = &definition->columns[i];

		add_type(types, column->type);
		(void) find_types((Node *) column->expression, types);
		(void) find_types((Node *) column->scale, types);
		(void) find_types((Node *) column->filter, types);
	}
}

/* All relations that decide about a rollup over a table. */
static List *
dependencies_of(const CesRollup *rollup, Relation source)
{
	List *relations = list_make4_oid(rollup->delta, rollup->store, rollup->definition, rollup->view);

	if (OidIsValid(rollup->partition))
		relations = lappend_oid(relations, rollup->partition);
	if (source->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		return list_concat(relations, find_all_inheritors(RelationGetRelid(source), NoLock, NULL));
	return lappend_oid(relations, RelationGetRelid(source));
}

/*
 * Read the rollup for which a trigger captures changes, into the context of the table.
 * NULL if it is that of another table, of which this one is a partition.
 */
static CesCachedRollup *
read_rollup(RollupsOfTable *table, Relation source, const Trigger *trigger, const CesRollup *rollup)
{
	const CesRollupDefinition *definition;
	CesCachedRollup *cached;
	CesRollupCaller caller;
	MemoryContext old_context;
	const char *problem;

	(void) ces_rollup_of_delta(rollup->delta);
	definition = ces_rollup_definition_of_locked(rollup);
	if (definition->source != RelationGetRelid(source))
		return NULL;
	ces_rollup_become_owner(&caller, rollup->owner);
	old_context = MemoryContextSwitchTo(table->context);
	cached = palloc0(sizeof(CesCachedRollup));
	cached->rollup = memcpy(palloc(sizeof(CesRollup)), rollup, sizeof(CesRollup));
	cached->schema = pstrdup(quote_identifier(get_namespace_name(get_func_namespace(trigger->tgfoid))));
	cached->source_trigger = trigger->tgoid;
	cached->trigger_changed = trigger_changed(trigger->tgoid);
	cached->dependencies = dependencies_of(rollup, source);
	cached->definition = simplify_definition(definition);
	add_types(&cached->types, definition);
	add_types(&cached->types, cached->definition);
	MemoryContextSwitchTo(old_context);
	problem = find_problem(cached, source);
	if (cached->partitions != NULL)
		cached->partitions = memcpy(MemoryContextAlloc(table->context, sizeof(CesCachedPartition) * (cached->npartitions + 1)),
									cached->partitions, sizeof(CesCachedPartition) * cached->npartitions);
	if (problem != NULL)
		cached->problem = MemoryContextStrdup(table->context, problem);
	ces_rollup_become_caller(&caller);
	return cached;
}

/* Do rollups of a table depend on these relations?  They do from now on. */
static void
add_dependencies(RollupsOfTable *table, const List *relations)
{
	MemoryContext old_context = MemoryContextSwitchTo(table->context);

	table->dependencies = list_concat_unique_oid(table->dependencies, relations);
	MemoryContextSwitchTo(old_context);
}

/* Nothing that is somebody else's is read on behalf of those who query a table. */
static void
check_owner(const CesRollup *rollup, Relation source)
{
	if (rollup->owner != source->rd_rel->relowner)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("\"%s\" and its rollup \"%s\" have different owners", RelationGetRelationName(source), get_rel_name(rollup->view))));
}

/* Find and read the rollup of a trigger.  Raises an error if something is wrong with it. */
static void
add_rollup(RollupsOfTable *table, Relation source, const Trigger *trigger)
{
	Oid delta;
	CesRollup *rollup;
	CesCachedRollup *cached;
	MemoryContext old_context;
	ListCell *cell;

	table->view = InvalidOid;
	delta = ces_rollup_delta_of_trigger(trigger);
	foreach (cell, table->rollups)
	{
		if (((const CesCachedRollup *) lfirst(cell))->rollup->delta == delta)
			return;
	}
	add_dependencies(table, list_make1_oid(delta));
	rollup = ces_rollup_find(delta);
	if (rollup == NULL)
		return;
	table->view = rollup->view;
	check_owner(rollup, source);
	add_dependencies(table, dependencies_of(rollup, source));
	cached = read_rollup(table, source, trigger, rollup);
	if (cached == NULL)
		return;
	old_context = MemoryContextSwitchTo(table->context);
	table->rollups = lappend(table->rollups, cached);
	MemoryContextSwitchTo(old_context);
}

/* Keep what is wrong with a rollup.  Nobody is told if it may go by itself. */
static void
add_broken(RollupsOfTable *table, const ErrorData *error)
{
	MemoryContext old_context;
	CesBrokenRollup *broken;

	if (ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_INSUFFICIENT_RESOURCES ||
		ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_TRANSACTION_ROLLBACK ||
		error->sqlerrcode == ERRCODE_STATEMENT_TOO_COMPLEX || error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
		table->is_stale = true;
	if (!OidIsValid(table->view))
		return;
	old_context = MemoryContextSwitchTo(table->context);
	broken = palloc(sizeof(CesBrokenRollup));
	broken->view = table->view;
	broken->problem = error->hint == NULL ? pstrdup(error->message) : psprintf("%s; %s", error->message, error->hint);
	table->broken = lappend(table->broken, broken);
	MemoryContextSwitchTo(old_context);
}

/* The same in a subtransaction: no error stops the planner. */
static void
try_add_rollup(RollupsOfTable *table, Relation source, const Trigger *trigger)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner resource_owner = CurrentResourceOwner;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		add_rollup(table, source, trigger);
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
		add_broken(table, error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = resource_owner;
}

/* Read all rollups of a table.  The memory for that is freed. */
static void
read_table(RollupsOfTable *table, Relation source)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "ces rollup reading", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(context);
	const TriggerDesc *triggers;

	add_dependencies(table, list_make1_oid(RelationGetRelid(source)));
	triggers = CopyTriggerDesc(source->trigdesc);
	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		/* A partition has clones of the triggers of the table that has the rollup. */
		if (!triggers->triggers[i].tgisclone && captures(&triggers->triggers[i]))
			try_add_rollup(table, source, &triggers->triggers[i]);
	}
	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(context);
}

/* Begin to keep something about a table. */
static RollupsOfTable *
make_table(Oid source)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "ces rollups of a table", ALLOCSET_SMALL_SIZES);
	bool found;
	RollupsOfTable *table = hash_search(tables, &source, HASH_ENTER, &found);

	Assert(!found);
	memset(table, 0, sizeof(RollupsOfTable));
	table->table = source;
	table->context = context;
	return table;
}

/* Make what is to be kept about a table.  It may be stale at once. */
static RollupsOfTable *
make_rollups_of(Relation source)
{
	RollupsOfTable *table;

	forget_stale_tables();
	table = make_table(RelationGetRelid(source));
	table->is_being_read = true;
	PG_TRY();
	{
		read_table(table, source);
	}
	PG_CATCH();
	{
		table->is_being_read = false;
		table->is_stale = true;
		PG_RE_THROW();
	}
	PG_END_TRY();
	table->is_being_read = false;
	return table;
}

/*
 * What is known of a table, read anew if need be.  NULL while it is being read, since that
 * may plan queries of the functions that a rollup calls; and where a subtransaction can't be.
 */
static const RollupsOfTable *
find_table(Relation source)
{
	Oid key = RelationGetRelid(source);
	const RollupsOfTable *table;

	begin();
	table = hash_search(tables, &key, HASH_FIND, NULL);
	if (likely(table != NULL && !table->is_stale && !table->is_being_read))
		return table;
	if ((table != NULL && table->is_being_read) || IsInParallelMode())
		return NULL;
	return make_rollups_of(source);
}

/*
 * The rollups of a table, which is locked: CesCachedRollup.  They are there until the end of
 * the transaction.  A partition has none: they belong to the whole table.
 */
List *
ces_rollups_of(Relation source)
{
	const RollupsOfTable *table = find_table(source);

	return table == NULL ? NIL : table->rollups;
}

/* Those that something is wrong with: CesBrokenRollup. */
List *
ces_broken_rollups_of(Relation source)
{
	const RollupsOfTable *table = find_table(source);

	return table == NULL ? NIL : table->broken;
}

/*
 * What the snapshot decides
 */

/* Has a transaction that the snapshot does not see changed something? */
static bool
is_after_snapshot(TransactionId changed)
{
	return !TransactionIdIsCurrentTransactionId(changed) && XidInMVCCSnapshot(changed, GetActiveSnapshot());
}

/*
 * The same of a table or its triggers.  After TRUNCATE, or when it has new partitions, what it
 * has now is not what the rollup has in the snapshot.
 */
static bool
table_is_after_snapshot(Oid table)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	TransactionId changed;

	if (!HeapTupleIsValid(tuple))
		return true;
	changed = HeapTupleHeaderGetXmin(tuple->t_data);
	ReleaseSysCache(tuple);
	return is_after_snapshot(changed);
}

/* The reason for not using what has changed after the snapshot. */
static char *
describe_change(Oid table)
{
	return psprintf("%s has changed since the snapshot of this transaction; query it in a transaction that begins now",
					ces_rollup_qualified_name(table));
}

/* The number in a column of a row, 0 if it is null. */
static Oid
oid_of(TupleTableSlot *slot, AttrNumber column)
{
	bool null;
	Datum value = slot_getattr(slot, column, &null);

	return null ? InvalidOid : DatumGetObjectId(value);
}

/* The columns of the table of partitions. */
typedef struct CountedColumns
{
	AttrNumber part;
	AttrNumber capture_trigger;
	AttrNumber filenode;
	AttrNumber source_trigger;
} CountedColumns;

/* Find a column of numbers. */
static AttrNumber
find_column(Oid table, const char *name, Oid type)
{
	AttrNumber column = get_attnum(table, name);

	if (column <= 0 || get_atttype(table, column) != type)
		return InvalidAttrNumber;
	return column;
}

/* Note which partition a row of the table of partitions counts as it is now. */
static void
note_counted(const CesCachedRollup *cached, const CountedColumns *columns, TupleTableSlot *row, bool *is_counted)
{
	CesCachedPartition key = {.numbers.part = oid_of(row, columns->part)};
	const CesCachedPartition *found = bsearch(&key, cached->partitions, cached->npartitions, sizeof(CesCachedPartition), compare_partitions);

	if (found != NULL &&
		((oid_of(row, columns->capture_trigger) == found->numbers.capture_trigger && oid_of(row, columns->filenode) == found->numbers.filenode) ||
		 oid_of(row, columns->source_trigger) != cached->source_trigger))
		is_counted[found - cached->partitions] = true;
}

/* Which partitions have been counted? */
static bool *
find_counted(const CesCachedRollup *cached)
{
	Oid table = cached->rollup->partition;
	bool *is_counted = palloc0(sizeof(bool) * (cached->npartitions + 1));
	const CountedColumns columns = {find_column(table, "part", REGCLASSOID), find_column(table, "capture_trigger", OIDOID),
									find_column(table, "filenode", OIDOID), find_column(table, "source_trigger", OIDOID)};
	Relation relation;
	TableScanDesc scan;
	TupleTableSlot *slot;

	relation = columns.part == 0 || columns.capture_trigger == 0 || columns.filenode == 0 || columns.source_trigger == 0 ? NULL : try_relation_open(table, AccessShareLock);
	if (relation == NULL)
		return is_counted;
	scan = table_beginscan(relation, GetActiveSnapshot(), 0, NULL);
	slot = table_slot_create(relation, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
		note_counted(cached, &columns, slot, is_counted);
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	relation_close(relation, NoLock);
	return is_counted;
}

/* Does a table of increments have any of a partition? */
static bool
has_increments(const CesCachedRollup *cached, Oid increments, Oid partition)
{
	Relation relation = try_relation_open(increments, AccessShareLock);
	TableScanDesc scan;
	TupleTableSlot *slot;
	bool found = false;

	if (relation == NULL)
		return true;
	scan = table_beginscan(relation, GetActiveSnapshot(), 0, NULL);
	slot = table_slot_create(relation, NULL);
	while (!found && table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		found = oid_of(slot, cached->definition->part) == partition;
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	relation_close(relation, NoLock);
	return found;
}

/* Has a partition no rows?  In doubt it has some: nobody waits here for its lock. */
static bool
is_empty(Oid partition)
{
	Relation relation;
	bool empty = false;

	if (!ConditionalLockRelationOid(partition, AccessShareLock))
		return false;
	relation = try_relation_open(partition, NoLock);
	if (relation != NULL)
	{
		empty = RELKIND_HAS_STORAGE(relation->rd_rel->relkind) && RelationGetNumberOfBlocks(relation) == 0;
		relation_close(relation, NoLock);
	}
	UnlockRelationOid(partition, AccessShareLock);
	return empty;
}

/*
 * Is a partition that was not counted right as it is?  It is if it is new and empty.  Once the
 * rollup was found to have nothing of it, this remains so as long as nothing is counted: what
 * has been inserted since, has been deleted again.
 */
static bool
is_right_uncounted(const CesCachedRollup *cached, CesCachedPartition *partition)
{
	Oid part = partition->numbers.part;

	if (!is_empty(part))
		return false;
	if (!partition->has_nothing)
		partition->has_nothing = !has_increments(cached, cached->rollup->delta, part) && !has_increments(cached, cached->rollup->store, part) &&
								 is_empty(part);
	return partition->has_nothing;
}

/* What is wrong with a partition in this snapshot. */
static char *
why_partition_is_unusable(const CesCachedRollup *cached)
{
	const bool *is_counted = find_counted(cached);

	for (int i = 0; i < cached->npartitions; i++)
	{
		CesCachedPartition *partition = &cached->partitions[i];

		if (is_after_snapshot(partition->trigger_changed) || table_is_after_snapshot(partition->numbers.part))
			return describe_change(partition->numbers.part);
		if (!is_counted[i] && !is_right_uncounted(cached, partition))
			return psprintf("partition %s is new, or was attached, truncated or rewritten, and is not counted yet; %s",
							ces_rollup_qualified_name(partition->numbers.part), call_of(cached, "ces_fold_rollup"));
	}
	return NULL;
}

/*
 * Why a rollup can't be read in place of its table, in the active snapshot: the first reason,
 * and what to type.  NULL if it can.
 */
char *
ces_rollup_why_unusable(const CesCachedRollup *cached, Relation source)
{
	const CesRollup *rollup = cached->rollup;
	const Oid tables_read[] = {RelationGetRelid(source), rollup->store, rollup->delta, rollup->partition};

	if (cached->problem != NULL)
		return pstrdup(cached->problem);
	Assert(ActiveSnapshotSet());
	if (ces_rollup_is_newer_than_snapshot(rollup->view))
		return psprintf("rollup %s is newer than the snapshot of this transaction; query it in a transaction that begins now",
						ces_rollup_qualified_name(rollup->view));
	if (is_after_snapshot(cached->trigger_changed))
		return describe_change(RelationGetRelid(source));
	for (int i = 0; i < (int) lengthof(tables_read); i++)
	{
		if (OidIsValid(tables_read[i]) && table_is_after_snapshot(tables_read[i]))
			return describe_change(tables_read[i]);
	}
	return cached->definition->partitioned ? why_partition_is_unusable(cached) : NULL;
}

/*
 * What the execution decides
 */

/* The view of the rollup with these deltas, or InvalidOid; best from what is known. */
static Oid
view_of_delta(Oid delta)
{
	HASH_SEQ_STATUS status;
	const RollupsOfTable *table;
	const CesRollup *rollup;
	Oid view = InvalidOid;

	begin();
	hash_seq_init(&status, tables);
	while ((table = hash_seq_search(&status)) != NULL)
	{
		ListCell *cell;

		foreach (cell, table->is_stale ? NIL : table->rollups)
		{
			const CesCachedRollup *cached = lfirst(cell);

			if (cached->rollup->delta == delta)
				view = cached->rollup->view;
		}
	}
	if (OidIsValid(view))
		return view;
	rollup = ces_rollup_find(delta);
	return rollup == NULL ? InvalidOid : rollup->view;
}

/* Is this the name of the session's time zone? */
static bool
is_session_zone(const text *name)
{
	const pg_tz *zone = pg_tzset(text_to_cstring(name));

	return zone != NULL && strcmp(pg_get_timezone_name(unconstify(pg_tz *, zone)), pg_get_timezone_name(session_timezone)) == 0;
}

/* Has this transaction changed rows of a table? */
static bool
has_changed(Oid table)
{
	LOCKTAG tag;

	SET_LOCKTAG_RELATION(tag, MyDatabaseId, table);
	return ces_lock_held_by_me(&tag, RowExclusiveLock);
}

/*
 * Has this transaction changed answers?  A function that is called while a statement does so
 * sees the changes made so far, but they are not counted yet.
 */
bool
ces_has_changed_answers(Oid source)
{
	ListCell *cell;

	if (!TransactionIdIsValid(GetTopTransactionIdIfAny()))
		return false;
	if (has_changed(source))
		return true;
	foreach (cell, ces_rollup_leaves(source))
	{
		if (has_changed(lfirst_oid(cell)))
			return true;
	}
	return false;
}

/*
 * _ces_rollup_is_current(delta, source, zone): can a rollup be read in place of the answers?
 * Not within triggers, as the changes of the statement that fires them are not counted yet; not
 * after other changes of the transaction; not if the rollup was populated after the snapshot; and
 * only in this time zone, unless it is NULL.
 */
PG_FUNCTION_INFO_V1(ces_rollup_is_current);
Datum
ces_rollup_is_current(PG_FUNCTION_ARGS)
{
	Oid delta = PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0);
	Oid source = PG_ARGISNULL(1) ? InvalidOid : PG_GETARG_OID(1);
	Oid view;

	if (!OidIsValid(delta) || !ActiveSnapshotSet() || DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0)) > 0 || ces_batch_is_open(delta))
		PG_RETURN_BOOL(false);
	if (!OidIsValid(source) || ces_has_changed_answers(source))
		PG_RETURN_BOOL(false);
	if (!PG_ARGISNULL(2) && !is_session_zone(PG_GETARG_TEXT_PP(2)))
		PG_RETURN_BOOL(false);
	view = view_of_delta(delta);
	PG_RETURN_BOOL(get_rel_relkind(view) == RELKIND_VIEW && !ces_rollup_is_newer_than_snapshot(view));
}
