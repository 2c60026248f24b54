/*-------------------------------------------------------------------------
 *
 * rollup_create.c
 *	  Creating and dropping rollups.
 *
 * A rollup is created empty, with the triggers that capture changes.  Then it is
 * populated: whatever it lacks is added, in rollup_fold.c.  Outside a transaction block
 * each of these is a transaction of its own, so that writers of the source wait only
 * while the triggers are made.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/trigger.h"
#include "commands/view.h"
#include "compat.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "rollup.h"
#include "rollup_create.h"
#include "rollup_definition.h"
#include "rollup_fold.h"
#include "rollup_sql.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"
#include "utils/wait_event.h"

/* How long a request for the lock on the source may hold up writers, in milliseconds */
#define LONGEST_LOCK_WAIT "100"
/* How long they are left alone before the next one */
#define LOCK_PAUSE 500

/*
 * Locks
 */

/* Lock a table and its partitions so that triggers can be made. */
static void
lock_for_triggers(Oid source)
{
	LockRelationOid(source, ShareRowExclusiveLock);
	list_free(find_all_inheritors(source, ShareRowExclusiveLock, NULL));
}

/* The same, but give up after LONGEST_LOCK_WAIT.  False if it was not to be had. */
static bool
try_lock_for_triggers(Oid source)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool locked = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		(void) set_config_option("lock_timeout", LONGEST_LOCK_WAIT, PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_LOCAL, true, 0, false);
		lock_for_triggers(source);
		(void) set_config_option("lock_timeout", "0", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_LOCAL, true, 0, false);
		ReleaseCurrentSubTransaction();
		locked = true;
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
			ReThrowError(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return locked;
}

/*
 * Lock the source for making triggers, without holding up its writers: whoever waits for
 * this lock makes all later writers wait, too, so wait only for short times.  The
 * lock_timeout of the session is for all of them together.
 */
static void
lock_gently_for_triggers(Oid source)
{
	int longest = LockTimeout;
	TimestampTz start = GetCurrentTimestamp();

	while (!try_lock_for_triggers(source))
	{
		if (longest > 0 && TimestampDifferenceExceeds(start, GetCurrentTimestamp(), longest))
			ereport(ERROR,
					(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					 errmsg("canceling statement due to lock timeout"),
					 errdetail("Transactions that write to \"%s\" have not ended.", get_rel_name(source)),
					 errhint("SELECT pid, state, query FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE relation = %s::regclass;",
							 quote_literal_cstr(ces_rollup_qualified_name(source)))));
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, LOCK_PAUSE, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

/*
 * Creating objects
 */

/* Run a command that returns nothing. */
static void
run(const char *command)
{
	ces_rollup_check_spi(SPI_execute(command, false, 0), command);
}

/* A free name for an object of a rollup, qualified and quoted. */
static const char *
helper_name(const char *rollup, const char *suffix, Oid namespace)
{
	return quote_qualified_identifier(get_namespace_name(namespace),
									  ChooseRelationName(rollup, NULL, suffix, namespace, false));
}

/* The relation that has a qualified and quoted name. */
static Oid
relation_of_name(const char *name)
{
	return DatumGetObjectId(DirectFunctionCall1(regclassin, CStringGetDatum(name)));
}

/*
 * Make a table.  Logical replication needs an identity of its rows, although nobody
 * should publish it.
 */
static Oid
create_table(const CesRollupDefinition *definition, const char *name, const char *columns,
			 const char *options, const char *comment)
{
	bool unlogged = get_rel_persistence(definition->source) == RELPERSISTENCE_UNLOGGED;

	run(psprintf("CREATE%s TABLE %s (%s) WITH (%s)", unlogged ? " UNLOGGED" : "", name, columns, options));
	run(psprintf("ALTER TABLE %s REPLICA IDENTITY FULL", name));
	run(psprintf("COMMENT ON TABLE %s IS %s", name, quote_literal_cstr(comment)));
	return relation_of_name(name);
}

/*
 * Make the view that holds the query.  It is made from the parsed query, with the
 * search_path of the user who wrote it.
 */
static Oid
create_definition(const RawStmt *query, const char *query_text, const char *rollup, Oid namespace, Oid owner)
{
	ViewStmt *statement = makeNode(ViewStmt);
	ObjectAddress view;
	Oid user;
	int security_context;

	statement->view = makeRangeVar(get_namespace_name(namespace),
								   ChooseRelationName(rollup, NULL, "definition", namespace, false), -1);
	statement->query = copyObject(query->stmt);
	statement->withCheckOption = NO_CHECK_OPTION;
	GetUserIdAndSecContext(&user, &security_context);
	SetUserIdAndSecContext(owner, security_context | SECURITY_LOCAL_USERID_CHANGE);
	view = DefineView(statement, query_text, query->stmt_location, query->stmt_len);
	SetUserIdAndSecContext(user, security_context);
	CommandCounterIncrement();
	return view.objectId;
}

/* Make the tables of a rollup. */
static void
create_tables(CesRollup *rollup, const CesRollupDefinition *definition, const char *name, Oid namespace, const char *schema)
{
	const CesRollupParts parts = {.rollup = rollup, .definition = definition, .schema = schema};
	const char *store = helper_name(name, "store", namespace);
	StringInfoData keys;

	rollup->store = create_table(definition, store, ces_rollup_columns_sql(definition, schema), "fillfactor = 80",
								 psprintf("groups of the rollup %s; read that", quote_identifier(name)));
	rollup->delta = create_table(definition, helper_name(name, "delta", namespace), ces_rollup_columns_sql(definition, schema),
								 "vacuum_truncate = off, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0, "
								 "autovacuum_vacuum_insert_threshold = -1",
								 psprintf("changes of the rollup %s that are not folded yet; read that", quote_identifier(name)));
	rollup->partition = InvalidOid;
	if (definition->partitioned)
		rollup->partition = create_table(definition, helper_name(name, "partition", namespace),
										 "part regclass PRIMARY KEY, capture_trigger oid NOT NULL, source_trigger oid NOT NULL, filenode oid NOT NULL",
										 "fillfactor = 80",
										 psprintf("partitions that the rollup %s has counted", quote_identifier(name)));

	initStringInfo(&keys);
	for (int i = 0; i < definition->ncolumns; i++)
	{
		if (definition->columns[i].kind == CES_ROLLUP_KEY)
			appendStringInfo(&keys, "%s%s", keys.len > 0 ? ", " : "", quote_identifier(definition->columns[i].name));
	}
	if (definition->partitioned)
		appendStringInfo(&keys, ", %s", quote_identifier(get_attname(rollup->store, definition->part, false)));
	run(psprintf("CREATE UNIQUE INDEX ON %s (%s) NULLS NOT DISTINCT", store, keys.data));
	if (!definition->partitioned)
		run(ces_rollup_index_sql(&parts));
}

/* Make a trigger that fires in every session, those that apply replicated changes too. */
static void
create_trigger(Oid table, const char *name, const char *events, const char *level, const char *when,
			   const char *schema, const char *function)
{
	char *trigger = makeObjectName(name, NULL, NULL);
	const char *relation = ces_rollup_qualified_name(table);

	for (int number = 1; OidIsValid(get_trigger_oid(table, trigger, true)); number++)
		trigger = makeObjectName(name, NULL, psprintf("%d", number));
	run(psprintf("CREATE TRIGGER %s %s ON %s FOR EACH %s %s EXECUTE FUNCTION %s.%s()",
				 quote_identifier(trigger), events, relation, level, when, schema, function));
	run(psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", relation, quote_identifier(trigger)));
}

/* A relation as a constant. */
static const char *
regclass_literal(Oid relation)
{
	if (!OidIsValid(relation))
		return "NULL::pg_catalog.regclass";
	return psprintf("%s::pg_catalog.regclass", quote_literal_cstr(ces_rollup_qualified_name(relation)));
}

/* A kind of trigger on the rollup's own tables */
typedef struct OwnTrigger
{
	const char *name;
	int16 type;
	const char *events;
	const char *level;
	PGFunction function;
	const char *function_name;
} OwnTrigger;

static const OwnTrigger own_triggers[] = {
	{"guard", TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE,
	 "BEFORE INSERT OR UPDATE OR DELETE", "ROW", ces_rollup_guard, "_ces_rollup_guard"},
	{"guard_truncate", TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_TRUNCATE,
	 "BEFORE TRUNCATE", "STATEMENT", ces_rollup_guard, "_ces_rollup_guard"},
	{"flush", TRIGGER_TYPE_INSERT,
	 "AFTER INSERT", "STATEMENT", ces_rollup_flush, "_ces_rollup_flush"},
};

/* Does a table of the rollup have a trigger?  Only the deltas need one for the flush. */
static bool
has_own_trigger(const CesRollup *rollup, Oid table, const OwnTrigger *wanted)
{
	Relation relation;
	const TriggerDesc *triggers;
	bool found = false;

	if (wanted->function == ces_rollup_flush && table != rollup->delta)
		return true;
	relation = table_open(table, AccessShareLock);
	triggers = CopyTriggerDesc(relation->trigdesc);
	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		found = found || (trigger->tgtype == wanted->type && ces_rollup_trigger_calls(trigger, wanted->function));
	}
	table_close(relation, NoLock);
	return found;
}

/* The name of a trigger that a table of the rollup should have, and hasn't; or NULL. */
const char *
ces_rollup_missing_trigger(const CesRollup *rollup, Oid table)
{
	for (int i = 0; i < (int) lengthof(own_triggers); i++)
	{
		if (!has_own_trigger(rollup, table, &own_triggers[i]))
			return own_triggers[i].name;
	}
	return NULL;
}

/* Make those triggers of a table of the rollup that are missing. */
static void
make_own_triggers_of(const CesRollup *rollup, Oid table, const char *schema)
{
	for (int i = 0; i < (int) lengthof(own_triggers); i++)
	{
		const OwnTrigger *wanted = &own_triggers[i];
		const char *when = "";

		if (has_own_trigger(rollup, table, wanted))
			continue;
		/* This one says what the rollup consists of. */
		if (table == rollup->delta && (wanted->type & TRIGGER_TYPE_ROW) != 0)
			when = psprintf("WHEN (%s._ces_rollup_objects(%s, %s, %s, %s))", schema,
							regclass_literal(rollup->view), regclass_literal(rollup->definition),
							regclass_literal(rollup->store), regclass_literal(rollup->partition));
		create_trigger(table, wanted->name, wanted->events, wanted->level, when, schema, wanted->function_name);
	}
}

/* The same for all tables of the rollup. */
static void
make_own_triggers(const CesRollup *rollup, const char *schema)
{
	make_own_triggers_of(rollup, rollup->delta, schema);
	make_own_triggers_of(rollup, rollup->store, schema);
	if (OidIsValid(rollup->partition))
		make_own_triggers_of(rollup, rollup->partition, schema);
}

/* Make a trigger of the source or a partition, unless it is there, and fires always. */
static void
ensure_trigger(const CesRollup *rollup, Oid table, PGFunction function, const char *suffix,
			   const char *events, const char *level, const char *schema, const char *function_name)
{
	Relation relation = table_open(table, NoLock);
	const Trigger *trigger = ces_rollup_find_trigger(relation, function, rollup->delta);
	const char *found = trigger == NULL ? NULL : pstrdup(trigger->tgname);
	bool fires = trigger != NULL && trigger->tgenabled == TRIGGER_FIRES_ALWAYS;

	table_close(relation, NoLock);
	if (fires)
		return;
	if (found != NULL)
		run(psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", ces_rollup_qualified_name(table), quote_identifier(found)));
	else
		create_trigger(table, makeObjectName(get_rel_name(rollup->view), NULL, suffix), events, level,
					   psprintf("WHEN (%s IS DISTINCT FROM %s)", regclass_literal(rollup->view), regclass_literal(rollup->delta)),
					   schema, function_name);
}

/* Does a trigger have to be made, or made to fire? */
static bool
needs_trigger(const CesRollup *rollup, Oid table, PGFunction function)
{
	Relation relation = table_open(table, AccessShareLock);
	const Trigger *trigger = ces_rollup_find_trigger(relation, function, rollup->delta);
	bool fires = trigger != NULL && trigger->tgenabled == TRIGGER_FIRES_ALWAYS;

	table_close(relation, NoLock);
	return !fires;
}

/*
 * The tables that need a trigger on TRUNCATE.  PostgreSQL does not make these for each
 * partition; here they are made for those of the same owner.
 */
static List *
tables_to_truncate(const CesRollup *rollup, const CesRollupDefinition *definition)
{
	List *tables = list_make1_oid(definition->source);
	ListCell *cell;

	if (!definition->partitioned)
		return tables;
	foreach (cell, find_all_inheritors(definition->source, NoLock, NULL))
	{
		if (lfirst_oid(cell) != definition->source && ces_rollup_owner_of(lfirst_oid(cell)) == rollup->owner)
			tables = lappend_oid(tables, lfirst_oid(cell));
	}
	return tables;
}

/* Make what is missing of the triggers on the source and its partitions, which are locked. */
static void
make_triggers(const CesRollup *rollup, const CesRollupDefinition *definition, const char *schema)
{
	ListCell *cell;

	ensure_trigger(rollup, definition->source, ces_rollup_capture, "capture",
				   "AFTER INSERT OR UPDATE OR DELETE", "ROW", schema, "_ces_rollup_capture");
	foreach (cell, ces_rollup_leaves(definition->source))
		ensure_trigger(rollup, lfirst_oid(cell), ces_rollup_capture, "capture",
					   "AFTER INSERT OR UPDATE OR DELETE", "ROW", schema, "_ces_rollup_capture");
	foreach (cell, tables_to_truncate(rollup, definition))
		ensure_trigger(rollup, lfirst_oid(cell), ces_rollup_truncate, "truncate",
					   "AFTER TRUNCATE", "STATEMENT", schema, "_ces_rollup_truncate");
}

/* Let the triggers of a table of the rollup fire always, if a restore has changed that. */
static void
enable_own_triggers(Oid table)
{
	Relation relation = table_open(table, AccessShareLock);
	List *names = NIL;
	ListCell *cell;

	for (int i = 0; relation->trigdesc != NULL && i < relation->trigdesc->numtriggers; i++)
	{
		if (relation->trigdesc->triggers[i].tgenabled != TRIGGER_FIRES_ALWAYS)
			names = lappend(names, pstrdup(relation->trigdesc->triggers[i].tgname));
	}
	table_close(relation, NoLock);
	foreach (cell, names)
		run(psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", ces_rollup_qualified_name(table),
					 quote_identifier((char *) lfirst(cell))));
}

/*
 * Make what is missing of a rollup's triggers.  Returns whether changes of the source
 * may have been missed.
 */
bool
ces_rollup_ensure_triggers(const CesRollup *rollup, const CesRollupDefinition *definition, const char *schema)
{
	bool missed = needs_trigger(rollup, definition->source, ces_rollup_capture);
	bool make = missed;
	ListCell *cell;

	foreach (cell, tables_to_truncate(rollup, definition))
		make = make || needs_trigger(rollup, lfirst_oid(cell), ces_rollup_truncate);
	foreach (cell, ces_rollup_leaves(definition->source))
	{
		if (needs_trigger(rollup, lfirst_oid(cell), ces_rollup_capture))
			make = missed = true;
	}
	if (make)
	{
		lock_for_triggers(definition->source);
		make_triggers(rollup, definition, schema);
	}
	make_own_triggers(rollup, schema);
	enable_own_triggers(rollup->delta);
	enable_own_triggers(rollup->store);
	if (OidIsValid(rollup->partition))
		enable_own_triggers(rollup->partition);
	return missed;
}

/*
 * Make all objects of a rollup, unpopulated.  The source and its partitions are locked.
 */
static CesRollup *
create_objects(const RawStmt *query, const char *query_text, const char *name, Oid namespace, Oid source, Oid owner, const char *schema)
{
	CesRollup *rollup = palloc0(sizeof(CesRollup));
	CesRollupDefinition *definition;
	CesRollupParts parts = {.rollup = rollup, .schema = schema};
	CesRollupCaller caller;
	const char *view = quote_qualified_identifier(get_namespace_name(namespace), name);

	rollup->owner = owner;
	rollup->definition = create_definition(query, query_text, name, namespace, owner);
	ces_rollup_become_owner(&caller, owner);
	parts.definition = definition = ces_rollup_read_definition(rollup->definition);
	if (definition->source != source)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("\"%s\" was renamed or replaced meanwhile", get_rel_name(source))));
	create_tables(rollup, definition, name, namespace, schema);
	run(psprintf("COMMENT ON VIEW %s IS %s", ces_rollup_qualified_name(rollup->definition),
				 quote_literal_cstr(psprintf("query of the rollup %s, over all answers", quote_identifier(name)))));
	run(psprintf("CREATE VIEW %s AS %s", view, ces_rollup_view_sql(&parts, false)));
	rollup->view = relation_of_name(view);
	make_own_triggers(rollup, schema);
	make_triggers(rollup, definition, schema);
	ces_rollup_become_caller(&caller);
	return rollup;
}

/*
 * Dropping
 */

/*
 * Drop all objects of a rollup at once: they depend on each other.  What depends on
 * them is an error.  The source and its partitions, whose triggers go, are locked before
 * the deltas, as by writers.
 */
static void
drop_objects(const CesRollup *rollup)
{
	Oid source = ces_rollup_read_definition(rollup->definition)->source;
	ObjectAddresses *objects = new_object_addresses();
	const Oid relations[] = {rollup->view, rollup->definition, rollup->delta, rollup->store, rollup->partition};
	MemoryContext context = CurrentMemoryContext;
	ObjectAddress address;
	ListCell *cell;

	/* Nobody can lock the table of another in this way. */
	if (ces_rollup_owner_of(source) == rollup->owner)
	{
		LockRelationOid(source, AccessExclusiveLock);
		list_free(find_all_inheritors(source, AccessExclusiveLock, NULL));
	}
	foreach (cell, ces_rollup_triggers_naming(rollup->delta))
	{
		ObjectAddressSet(address, TriggerRelationId, lfirst_oid(cell));
		add_exact_object_address(&address, objects);
	}
	for (int i = 0; i < (int) lengthof(relations); i++)
	{
		if (!OidIsValid(relations[i]))
			continue;
		ObjectAddressSet(address, RelationRelationId, relations[i]);
		add_exact_object_address(&address, objects);
	}
	PG_TRY();
	{
		performMultipleDeletions(objects, DROP_RESTRICT, 0);
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		if (error->sqlerrcode == ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST)
		{
			/* DROP ... CASCADE, which the hint of PostgreSQL shows, would leave tables behind. */
			FlushErrorState();
			error->message = psprintf("cannot drop rollup \"%s\" because other objects depend on it", get_rel_name(rollup->view));
			error->hint = pstrdup("Drop them first.");
			ReThrowError(error);
		}
		PG_RE_THROW();
	}
	PG_END_TRY();
	free_object_addresses(objects);
}

/* ces_drop_rollup(rollup) */
PG_FUNCTION_INFO_V1(ces_drop_rollup);
Datum
ces_drop_rollup(PG_FUNCTION_ARGS)
{
	CesRollup *rollup = ces_rollup_owned(PG_GETARG_OID(0));

	PreventCommandIfReadOnly("ces_drop_rollup()");
	drop_objects(rollup);
	PG_RETURN_VOID();
}

/*
 * Creating
 */

/* Populate a rollup that has just been made; if that fails, drop it again. */
static void
populate_or_drop(const CesRollup *rollup, const char *schema)
{
	MemoryContext context = CurrentMemoryContext;
	ErrorData *error = ces_rollup_populate_in_steps(rollup, schema);

	if (error == NULL)
		return;
	MemoryContextSwitchTo(context);
	PushActiveSnapshot(GetTransactionSnapshot());
	drop_objects(rollup);
	PopActiveSnapshot();
	SPI_commit();
	/* The query in it is not the user's. */
	error->context = NULL;
	ReThrowError(error);
}

/* Refuse a name that some relation has. */
static void
check_is_free(const char *name, Oid namespace)
{
	Oid relation = get_relname_relid(name, namespace);

	if (!OidIsValid(relation))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_TABLE),
			 errmsg("relation \"%s\" already exists", name),
			 ces_rollup_find_view(relation) == NULL ? 0 : errhint("SELECT ces_drop_rollup(%s);", quote_literal_cstr(ces_rollup_relation_name(relation)))));
}

/* The schema and the name of a new rollup. */
static char *
rollup_name(const char *text, Oid *namespace)
{
	List *names;
	RangeVar *name;

	if (!SplitIdentifierString(pstrdup(text), '.', &names) || names == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("invalid name of a rollup: \"%s\"", text),
				 *text == '\0' ? 0 : errhint("Quote it: CALL ces_create_rollup(%s, ...)", quote_literal_cstr(quote_identifier(text)))));
	name = makeRangeVarFromNameList(ces_name_list(text));
	*namespace = RangeVarGetCreationNamespace(name);
	if (isAnyTempNamespace(*namespace))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("a rollup cannot be temporary"),
				 errhint("Name a schema, as in 'public.%s'.", name->relname)));
	check_is_free(name->relname, *namespace);
	return name->relname;
}

/* ces_create_rollup(name, query, with_data) */
PG_FUNCTION_INFO_V1(ces_create_rollup);
Datum
ces_create_rollup(PG_FUNCTION_ARGS)
{
	bool in_block = fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
					castNode(CallContext, fcinfo->context)->atomic;
	const char *schema = ces_rollup_schema(fcinfo);
	const char *query_text;
	const char *name;
	Oid namespace;
	RawStmt *raw;
	Query *query;
	Oid source;
	Oid owner;
	bool with_data;
	CesRollup *rollup;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("arguments of ces_create_rollup must not be null"),
				 errhint("CALL ces_create_rollup('daily', 'SELECT ... GROUP BY ...');")));
	PreventCommandIfReadOnly("ces_create_rollup()");
	if (in_block)
		ces_rollup_check_isolation("ces_create_rollup");
	name = rollup_name(text_to_cstring(PG_GETARG_TEXT_PP(0)), &namespace);
	query_text = text_to_cstring(PG_GETARG_TEXT_PP(1));
	with_data = PG_GETARG_BOOL(2);

	SPI_connect_ext(in_block ? 0 : SPI_OPT_NONATOMIC);
	query = ces_rollup_parse_query(query_text, &raw);
	source = linitial_node(RangeTblEntry, query->rtable)->relid;
	owner = ces_rollup_owner_of(source);
	if (!has_privs_of_role(GetUserId(), owner))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(source));
	if (in_block)
		lock_for_triggers(source);
	else
		lock_gently_for_triggers(source);
	rollup = create_objects(raw, query_text, name, namespace, source, owner, schema);
	if (!in_block)
		SPI_commit();
	if (with_data && in_block)
		ces_rollup_populate(rollup, schema);
	else if (with_data)
		populate_or_drop(rollup, schema);
	SPI_finish();
	PG_RETURN_VOID();
}
