/*-------------------------------------------------------------------------
 *
 * rollup_sql.c
 *	  The SQL of a rollup: its view, and what fold, check and repair run.
 *
 * All of it is run with a search_path of pg_catalog alone, and names everything else
 * with its schema.
 *
 * An increment is a row of the store or the deltas: the rows, counts and tallies that
 * it adds to a group, and the tallies that it removes.  The sum of all increments is
 * the rollup.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/nbtree.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "rollup_sql.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/typcache.h"

/* A relation's name with its schema, quoted.  The relation may have been dropped meanwhile. */
const char *
ces_rollup_qualified_name(Oid relation)
{
	const char *name = get_rel_name(relation);
	const char *schema = name == NULL ? NULL : get_namespace_name(get_rel_namespace(relation));

	if (schema == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relation)));
	return quote_qualified_identifier(schema, name);
}

/* Raise an error if SPI could not run a command; if that has an error itself, SPI raises that. */
void
ces_rollup_check_spi(int result, const char *command)
{
	if (result < 0)
		elog(ERROR, "could not run \"%s\": %s", command, SPI_result_code_string(result));
}

/* The quoted name of a column of the deltas, and of the store and the increments alike. */
static const char *
column(const CesRollupParts *parts, AttrNumber attribute)
{
	return quote_identifier(get_attname(parts->rollup->delta, attribute, false));
}

/* The quoted name of column i of the query. */
static const char *
query_column(const CesRollupParts *parts, int i)
{
	return column(parts, (AttrNumber) (i + 1));
}

/* A name for another column that no column has yet. */
static char *
unique_name(const char *wanted, List **names)
{
	for (int number = 0;; number++)
	{
		char *name = number == 0 ? makeObjectName(wanted, NULL, NULL) : makeObjectName(wanted, NULL, psprintf("%d", number));
		bool taken = false;
		ListCell *cell;

		foreach (cell, *names)
			taken = taken || strcmp((char *) lfirst(cell), name) == 0;
		if (!taken)
		{
			*names = lappend(*names, name);
			return name;
		}
	}
}

/* The same, for a column beside those of the query. */
static const char *
name_beside_query(const CesRollupParts *parts, const char *wanted)
{
	List *names = NIL;

	for (int i = 0; i < parts->definition->ncolumns; i++)
		names = lappend(names, get_attname(parts->rollup->delta, (AttrNumber) (i + 1), false));
	return quote_identifier(unique_name(wanted, &names));
}

/* The number of columns of the store and the deltas. */
static int
number_of_attributes(const CesRollupDefinition *definition)
{
	return Max(definition->rows, definition->part);
}

/* Which column of the query is the tally that a column of removed answers belongs to? */
static int
tally_of_removed(const CesRollupDefinition *definition, AttrNumber attribute)
{
	int i = 0;

	while (definition->columns[i].kind != CES_ROLLUP_TALLY || definition->columns[i].removed != attribute)
		i++;
	Assert(i < definition->ncolumns);
	return i;
}

/* ", " between the elements of a list. */
static void
append_comma(StringInfo sql, bool *first)
{
	if (!*first)
		appendStringInfoString(sql, ", ");
	*first = false;
}

/* All columns of the store and the deltas. */
static void
append_all_columns(StringInfo sql, const CesRollupParts *parts)
{
	bool first = true;

	for (int attribute = 1; attribute <= number_of_attributes(parts->definition); attribute++)
	{
		append_comma(sql, &first);
		appendStringInfoString(sql, column(parts, (AttrNumber) attribute));
	}
}

/* The columns of the query. */
static void
append_query_columns(StringInfo sql, const CesRollupParts *parts)
{
	bool first = true;

	for (int i = 0; i < parts->definition->ncolumns; i++)
	{
		append_comma(sql, &first);
		appendStringInfoString(sql, query_column(parts, i));
	}
}

/* The columns that are keys, each behind a prefix; with the partition, if wanted. */
static void
append_keys(StringInfo sql, const CesRollupParts *parts, const char *prefix, bool with_part)
{
	bool first = true;

	for (int i = 0; i < parts->definition->ncolumns; i++)
	{
		if (parts->definition->columns[i].kind != CES_ROLLUP_KEY)
			continue;
		append_comma(sql, &first);
		appendStringInfo(sql, "%s%s", prefix, query_column(parts, i));
	}
	if (with_part && parts->definition->part != InvalidAttrNumber)
		appendStringInfo(sql, ", %s%s", prefix, column(parts, parts->definition->part));
}

/* An expression of the query, as SQL. */
static char *
expression_text(const CesRollupDefinition *definition, Expr *expression)
{
	List *context = deparse_context_for(get_rel_name(definition->source), definition->source);

	return deparse_expression((Node *) expression, context, false, false);
}

/* Column i of the query over the answers. */
static void
append_query_column(StringInfo sql, const CesRollupParts *parts, int i)
{
	const CesRollupDefinition *definition = parts->definition;
	const CesRollupColumn *col = &definition->columns[i];

	switch (col->kind)
	{
		case CES_ROLLUP_KEY:
			appendStringInfoString(sql, expression_text(definition, col->expression));
			break;
		case CES_ROLLUP_TALLY:
			appendStringInfo(sql, "%s.ces_tally(%s, %s)", parts->schema, expression_text(definition, col->expression),
							 expression_text(definition, col->scale));
			break;
		case CES_ROLLUP_COUNT:
			appendStringInfo(sql, "count(%s)", col->expression == NULL ? "*" : expression_text(definition, col->expression));
			break;
	}
	if (col->filter != NULL)
		appendStringInfo(sql, " FILTER (WHERE %s)", expression_text(definition, col->filter));
	appendStringInfo(sql, " AS %s", query_column(parts, i));
}

/*
 * The groups of the answers in a table, the source or a partition of it, as increments
 * without a partition.
 */
static void
append_query(StringInfo sql, const CesRollupParts *parts, Oid relation)
{
	const CesRollupDefinition *definition = parts->definition;
	bool first = true;

	appendStringInfoString(sql, "SELECT ");
	for (int i = 0; i < definition->ncolumns; i++)
	{
		append_comma(sql, &first);
		append_query_column(sql, parts, i);
	}
	for (int i = 0; i < definition->ncolumns; i++)
	{
		if (definition->columns[i].kind == CES_ROLLUP_TALLY)
			appendStringInfo(sql, ", NULL::%s.ces_tally AS %s", parts->schema, column(parts, definition->columns[i].removed));
	}
	appendStringInfo(sql, ", count(*) AS %s FROM %s", column(parts, definition->rows), ces_rollup_qualified_name(relation));
	if (definition->where != NULL)
		appendStringInfo(sql, " WHERE %s", expression_text(definition, definition->where));
	appendStringInfoString(sql, " GROUP BY ");
	first = true;
	for (int i = 0; i < definition->ncolumns; i++)
	{
		if (definition->columns[i].kind != CES_ROLLUP_KEY)
			continue;
		append_comma(sql, &first);
		appendStringInfo(sql, "%d", i + 1);
	}
}

/* Is a column of increments a number of rows? */
static bool
is_count(const CesRollupDefinition *definition, AttrNumber attribute)
{
	return attribute == definition->rows ||
		   (attribute <= definition->ncolumns && definition->columns[attribute - 1].kind == CES_ROLLUP_COUNT);
}

/* The increments of a table, the store or the deltas, with their sign changed. */
static void
append_reversed(StringInfo sql, const CesRollupParts *parts, Oid table, Oid part)
{
	const CesRollupDefinition *definition = parts->definition;
	bool first = true;

	appendStringInfoString(sql, "SELECT ");
	for (AttrNumber attribute = 1; attribute <= definition->rows; attribute++)
	{
		append_comma(sql, &first);
		if (is_count(definition, attribute))
			appendStringInfo(sql, "- %s", column(parts, attribute));
		else if (attribute > definition->ncolumns)
			appendStringInfoString(sql, query_column(parts, tally_of_removed(definition, attribute)));
		else if (definition->columns[attribute - 1].kind == CES_ROLLUP_TALLY)
			appendStringInfoString(sql, column(parts, definition->columns[attribute - 1].removed));
		else
			appendStringInfoString(sql, column(parts, attribute));
	}
	appendStringInfo(sql, " FROM %s", ces_rollup_qualified_name(table));
	if (OidIsValid(part))
		appendStringInfo(sql, " WHERE %s = %u", column(parts, definition->part), part);
}

/*
 * An aggregate that adds up a column of increments; what is added and what is removed
 * cancel out.  Keys as they are, since they are grouped by; the partition likewise.
 */
static void
append_sum(StringInfo sql, const CesRollupParts *parts, AttrNumber attribute)
{
	const CesRollupDefinition *definition = parts->definition;
	const CesRollupColumn *col;

	if (attribute == definition->part)
		appendStringInfoString(sql, column(parts, attribute));
	else if (attribute == definition->rows)
		appendStringInfo(sql, "%s._ces_sum(%s)", parts->schema, column(parts, attribute));
	else if (attribute > definition->ncolumns)
		appendStringInfo(sql, "%s._ces_tally_surplus(%s, %s)", parts->schema, column(parts, attribute), query_column(parts, tally_of_removed(definition, attribute)));
	else
	{
		col = &definition->columns[attribute - 1];
		if (col->kind == CES_ROLLUP_KEY)
			appendStringInfoString(sql, column(parts, attribute));
		else if (col->kind == CES_ROLLUP_COUNT)
			appendStringInfo(sql, "%s._ces_sum(%s)", parts->schema, column(parts, attribute));
		else
			appendStringInfo(sql, "%s._ces_tally_surplus(%s, %s)", parts->schema, column(parts, attribute), column(parts, col->removed));
	}
}

/* The sums of increments that are grouped; up to the given column. */
static void
append_sums(StringInfo sql, const CesRollupParts *parts, AttrNumber last)
{
	bool first = true;

	for (AttrNumber attribute = 1; attribute <= last; attribute++)
	{
		append_comma(sql, &first);
		append_sum(sql, parts, attribute);
		appendStringInfo(sql, " AS %s", column(parts, attribute));
	}
}

/* Does an increment add or remove anything?  Its columns stand behind a prefix. */
static void
append_is_something(StringInfo sql, const CesRollupParts *parts, const char *prefix)
{
	const CesRollupDefinition *definition = parts->definition;

	appendStringInfo(sql, "%s%s <> 0", prefix, column(parts, definition->rows));
	for (int i = 0; i < definition->ncolumns; i++)
	{
		const CesRollupColumn *col = &definition->columns[i];

		if (col->kind == CES_ROLLUP_COUNT)
			appendStringInfo(sql, " OR %s%s <> 0", prefix, query_column(parts, i));
		else if (col->kind == CES_ROLLUP_TALLY)
			appendStringInfo(sql, " OR %s%s IS NOT NULL OR %s%s IS NOT NULL",
							 prefix, query_column(parts, i), prefix, column(parts, col->removed));
	}
}

/*
 * Has a key a hash that is the same for equal values, whatever the collation?  Only a
 * nondeterministic one makes values equal that have different bytes.
 */
static bool
is_hashable(const CesRollupColumn *col)
{
	return OidIsValid(lookup_type_cache(col->type, TYPECACHE_HASH_PROC)->hash_proc) &&
		   (!OidIsValid(col->collation) || get_collation_isdeterministic(col->collation));
}

/*
 * The hash of the keys of a group.  Keys that have none, or whose equality is not that of
 * their bytes in this collation, are left out: two groups may have the same hash.
 */
static void
append_hash(StringInfo sql, const CesRollupParts *parts)
{
	const CesRollupDefinition *definition = parts->definition;
	const char *separator = "";

	appendStringInfo(sql, "%s._ces_rollup_hash(", parts->schema);
	for (int i = 0; i < definition->ncolumns; i++)
	{
		const CesRollupColumn *col = &definition->columns[i];

		if (col->kind != CES_ROLLUP_KEY || !is_hashable(col))
			continue;
		appendStringInfo(sql, "%s%s", separator, query_column(parts, i));
		separator = ", ";
	}
	appendStringInfoString(sql, *separator == '\0' ? "NULL::text)" : ")");
}

/*
 * What else the view needs: it names the definition, so that none of the rollup is left
 * to read when the source is dropped with CASCADE.  A rollup that isn't populated is an
 * error to read, like a materialized view, and so is one that was populated after the
 * snapshot.
 */
static void
append_view_conditions(StringInfo sql, const CesRollupParts *parts, bool populated)
{
	appendStringInfo(sql, "%s::regclass IS NOT NULL",
					 quote_literal_cstr(ces_rollup_qualified_name(parts->rollup->definition)));
	appendStringInfo(sql, " AND %s.%s(%s::regclass)", parts->schema,
					 populated ? "_ces_rollup_is_visible" : "_ces_rollup_is_populated",
					 quote_literal_cstr(ces_rollup_qualified_name(parts->rollup->delta)));
}

/* Can nothing tell two equal values of a key apart, as with 1.0 and 1.00? */
bool
ces_rollup_is_image_equal(const CesRollupColumn *col)
{
	const TypeCacheEntry *type = lookup_type_cache(col->type, TYPECACHE_BTREE_OPFAMILY);
	Oid proc = get_opfamily_proc(type->btree_opf, type->btree_opintype, type->btree_opintype, BTEQUALIMAGE_PROC);

	/* All values of numeric(p,s) have the same scale. */
	if (col->type == NUMERICOID && col->typmod >= 0)
		return true;
	return OidIsValid(proc) &&
		   DatumGetBool(OidFunctionCall1Coll(proc, col->collation, ObjectIdGetDatum(type->btree_opintype)));
}

/*
 * A key of the view, from increments that are grouped.  If equal values can be told
 * apart, a condition of the reader must not choose among the increments of a group.  It
 * stays out of them if the key looks like the result of an aggregate.
 */
static void
append_view_key(StringInfo sql, const CesRollupParts *parts, int i)
{
	const char *name = query_column(parts, i);

	if (ces_rollup_is_image_equal(&parts->definition->columns[i]))
		appendStringInfoString(sql, name);
	else
		appendStringInfo(sql, "CASE WHEN %s._ces_sum(%s) <> 0 THEN %s ELSE %s END",
						 parts->schema, column(parts, parts->definition->rows), name, name);
}

/*
 * Is an increment of a partition that the source has?  The query finds them after it has
 * taken its snapshot, so that an increment it sees is of one of these, or one that is
 * detached.
 */
static void
append_is_of_partition(StringInfo sql, const CesRollupParts *parts)
{
	appendStringInfo(sql, "%s IN (SELECT p FROM %s._ces_rollup_partitions(%s::regclass) AS p)",
					 column(parts, parts->definition->part), parts->schema,
					 quote_literal_cstr(ces_rollup_qualified_name(parts->definition->source)));
}

/* The columns of the view, from increments that are grouped. */
static void
append_view_columns(StringInfo sql, const CesRollupParts *parts)
{
	const CesRollupDefinition *definition = parts->definition;
	bool first = true;

	for (int i = 0; i < definition->ncolumns; i++)
	{
		append_comma(sql, &first);
		if (definition->columns[i].kind == CES_ROLLUP_TALLY)
			appendStringInfo(sql, "%s.ces_rollup(%s, %s)", parts->schema, query_column(parts, i),
							 column(parts, definition->columns[i].removed));
		else if (definition->columns[i].kind == CES_ROLLUP_KEY)
			append_view_key(sql, parts, i);
		else
			append_sum(sql, parts, (AttrNumber) (i + 1));
		appendStringInfo(sql, " AS %s", query_column(parts, i));
	}
}

/*
 * The view of a partitioned source: all increments of a group are added up, as it may
 * have several rows in the store.
 */
static void
append_view_of_partitions(StringInfo sql, const CesRollupParts *parts, bool populated)
{
	const CesRollupDefinition *definition = parts->definition;

	appendStringInfoString(sql, "SELECT ");
	append_view_columns(sql, parts);
	appendStringInfoString(sql, " FROM (SELECT ");
	append_all_columns(sql, parts);
	appendStringInfo(sql, " FROM %s UNION ALL SELECT ", ces_rollup_qualified_name(parts->rollup->store));
	append_all_columns(sql, parts);
	appendStringInfo(sql, " FROM %s) AS increments WHERE ", ces_rollup_qualified_name(parts->rollup->delta));
	append_is_of_partition(sql, parts);
	appendStringInfoString(sql, " AND ");
	append_view_conditions(sql, parts, populated);
	appendStringInfoString(sql, " GROUP BY ");
	append_keys(sql, parts, "", false);
	appendStringInfo(sql, " HAVING %s._ces_sum(%s) <> 0", parts->schema, column(parts, definition->rows));
}

/* The columns of the view, from a row of the store that is a whole group. */
static void
append_stored_columns(StringInfo sql, const CesRollupParts *parts)
{
	const CesRollupDefinition *definition = parts->definition;
	bool first = true;

	for (int i = 0; i < definition->ncolumns; i++)
	{
		const char *name = query_column(parts, i);

		append_comma(sql, &first);
		if (definition->columns[i].kind == CES_ROLLUP_TALLY)
		{
			const char *removed = column(parts, definition->columns[i].removed);

			appendStringInfo(sql, "CASE WHEN %s IS NULL THEN %s ELSE %s._ces_tally_net(%s, %s) END AS %s",
							 removed, name, parts->schema, name, removed, name);
		}
		else
			appendStringInfoString(sql, name);
	}
}

/*
 * The view of any other source: a group is one row of the store, and read as it is,
 * unless there are deltas that have the hash of its keys.
 */
static void
append_view_of_table(StringInfo sql, const CesRollupParts *parts, bool populated)
{
	const CesRollupDefinition *definition = parts->definition;
	const char *store = ces_rollup_qualified_name(parts->rollup->store);
	const char *hash = name_beside_query(parts, "hash");

	appendStringInfoString(sql, "WITH changes AS MATERIALIZED (SELECT ");
	append_all_columns(sql, parts);
	appendStringInfoString(sql, ", ");
	append_hash(sql, parts);
	appendStringInfo(sql, " AS %s FROM %s) SELECT ", hash, ces_rollup_qualified_name(parts->rollup->delta));
	append_stored_columns(sql, parts);
	appendStringInfo(sql, " FROM %s WHERE ", store);
	append_hash(sql, parts);
	appendStringInfo(sql, " NOT IN (SELECT %s FROM changes) AND %s <> 0 AND ", hash, column(parts, definition->rows));
	append_view_conditions(sql, parts, populated);

	appendStringInfoString(sql, " UNION ALL SELECT ");
	append_view_columns(sql, parts);
	appendStringInfoString(sql, " FROM (SELECT ");
	append_all_columns(sql, parts);
	appendStringInfoString(sql, ", ");
	append_hash(sql, parts);
	appendStringInfo(sql, " AS %s FROM %s WHERE ", hash, store);
	append_hash(sql, parts);
	appendStringInfo(sql, " IN (SELECT %s FROM changes) UNION ALL SELECT * FROM changes) AS increments WHERE ", hash);
	append_view_conditions(sql, parts, populated);
	/* The hash comes first, as it is quick to compare. */
	appendStringInfo(sql, " GROUP BY %s, ", hash);
	append_keys(sql, parts, "", false);
	appendStringInfo(sql, " HAVING %s._ces_sum(%s) <> 0", parts->schema, column(parts, definition->rows));
}

/* The view that people read. */
char *
ces_rollup_view_sql(const CesRollupParts *parts, bool populated)
{
	StringInfoData sql;

	initStringInfo(&sql);
	if (parts->definition->partitioned)
		append_view_of_partitions(&sql, parts, populated);
	else
		append_view_of_table(&sql, parts, populated);
	return sql.data;
}

/*
 * What has to be added to a rollup for it to be right: the groups of the answers in a
 * table, the source or a partition of it, less all increments.
 */
char *
ces_rollup_difference_sql(const CesRollupParts *parts, Oid relation)
{
	const CesRollupDefinition *definition = parts->definition;
	Oid part = definition->part == InvalidAttrNumber ? InvalidOid : relation;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT * FROM (SELECT ");
	append_sums(&sql, parts, definition->rows);
	if (OidIsValid(part))
		appendStringInfo(&sql, ", %u::regclass AS %s", part, column(parts, definition->part));
	appendStringInfoString(&sql, " FROM (SELECT * FROM (");
	append_query(&sql, parts, relation);
	appendStringInfoString(&sql, ") AS answers UNION ALL ");
	append_reversed(&sql, parts, parts->rollup->store, part);
	appendStringInfoString(&sql, " UNION ALL ");
	append_reversed(&sql, parts, parts->rollup->delta, part);
	appendStringInfoString(&sql, ") AS increments GROUP BY ");
	append_keys(&sql, parts, "", false);
	appendStringInfoString(&sql, ") AS differences WHERE ");
	append_is_something(&sql, parts, "");
	return sql.data;
}

/* How ON CONFLICT adds what is EXCLUDED to a row of the store, alias s. */
static void
append_addition(StringInfo sql, const CesRollupParts *parts, AttrNumber attribute)
{
	const CesRollupDefinition *definition = parts->definition;
	const char *added = column(parts, attribute);
	const char *removed;

	if (is_count(definition, attribute))
	{
		appendStringInfo(sql, "%s = s.%s + EXCLUDED.%s", added, added, added);
		return;
	}
	if (attribute > definition->ncolumns)
		removed = query_column(parts, tally_of_removed(definition, attribute));
	else
		removed = column(parts, definition->columns[attribute - 1].removed);
	appendStringInfo(sql, "%s = %s._ces_tally_surplus(s.%s, s.%s, EXCLUDED.%s, EXCLUDED.%s)",
					 added, parts->schema, added, removed, added, removed);
}

/*
 * Move the deltas into the store; those of partitions that the source has no more are
 * dropped.  Returns the number of deltas, and the rows of the store in which nothing is left.
 */
char *
ces_rollup_fold_sql(const CesRollupParts *parts)
{
	const CesRollupDefinition *definition = parts->definition;
	StringInfoData sql;
	bool first = true;

	initStringInfo(&sql);
	appendStringInfo(&sql, "WITH gone AS (DELETE FROM %s RETURNING *), net AS (SELECT ", ces_rollup_qualified_name(parts->rollup->delta));
	append_sums(&sql, parts, (AttrNumber) number_of_attributes(definition));
	appendStringInfoString(&sql, " FROM gone");
	if (definition->part != InvalidAttrNumber)
	{
		appendStringInfoString(&sql, " WHERE ");
		append_is_of_partition(&sql, parts);
	}
	appendStringInfoString(&sql, " GROUP BY ");
	append_keys(&sql, parts, "", true);
	appendStringInfo(&sql, "), kept AS (INSERT INTO %s AS s (", ces_rollup_qualified_name(parts->rollup->store));
	append_all_columns(&sql, parts);
	appendStringInfoString(&sql, ") SELECT * FROM net WHERE ");
	append_is_something(&sql, parts, "");
	appendStringInfoString(&sql, " ON CONFLICT (");
	append_keys(&sql, parts, "", true);
	appendStringInfoString(&sql, ") DO UPDATE SET ");
	for (AttrNumber attribute = 1; attribute <= definition->rows; attribute++)
	{
		if (attribute <= definition->ncolumns && definition->columns[attribute - 1].kind == CES_ROLLUP_KEY)
			continue;
		append_comma(&sql, &first);
		append_addition(&sql, parts, attribute);
	}
	appendStringInfoString(&sql, " RETURNING s.ctid AS place, ");
	append_is_something(&sql, parts, "s.");
	appendStringInfoString(&sql, " AS is_something) SELECT (SELECT count(*) FROM gone), "
								 "(SELECT array_agg(place) FROM kept WHERE NOT is_something)");
	return sql.data;
}

/*
 * {"day": "2026-03-02", "channel": "phone"}: the keys, or everything else.  A function
 * can't have all of many columns as arguments.
 */
static void
append_json(StringInfo sql, const CesRollupParts *parts, bool keys)
{
	bool first = true;
	int pairs = 0;

	appendStringInfoString(sql, "jsonb_build_object(");
	for (int i = 0; i < parts->definition->ncolumns; i++)
	{
		if ((parts->definition->columns[i].kind == CES_ROLLUP_KEY) != keys)
			continue;
		if (pairs > 0 && pairs % (FUNC_MAX_ARGS / 2) == 0)
		{
			appendStringInfoString(sql, ") || jsonb_build_object(");
			first = true;
		}
		append_comma(sql, &first);
		appendStringInfo(sql, "%s, %s", quote_literal_cstr(get_attname(parts->rollup->view, (AttrNumber) (i + 1), false)),
						 query_column(parts, i));
		pairs++;
	}
	appendStringInfoString(sql, ")");
}

/* All increments that count, grouped. */
static void
append_groups(StringInfo sql, const CesRollupParts *parts)
{
	const CesRollupDefinition *definition = parts->definition;

	appendStringInfoString(sql, " FROM (SELECT ");
	append_all_columns(sql, parts);
	appendStringInfo(sql, " FROM %s UNION ALL SELECT ", ces_rollup_qualified_name(parts->rollup->store));
	append_all_columns(sql, parts);
	appendStringInfo(sql, " FROM %s) AS increments", ces_rollup_qualified_name(parts->rollup->delta));
	if (definition->part != InvalidAttrNumber)
		appendStringInfo(sql, " WHERE %s IN (SELECT p FROM %s._ces_rollup_partitions(%s::regclass) AS p)",
						 column(parts, definition->part), parts->schema,
						 quote_literal_cstr(ces_rollup_qualified_name(definition->source)));
	appendStringInfoString(sql, " GROUP BY ");
	append_keys(sql, parts, "", false);
}

/*
 * Groups from which more was removed than was added, which is an error in the view.
 */
char *
ces_rollup_excess_sql(const CesRollupParts *parts)
{
	const CesRollupDefinition *definition = parts->definition;
	const char *separator = " HAVING ";
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT");
	append_groups(&sql, parts);
	for (int i = 0; i < definition->ncolumns; i++)
	{
		if (definition->columns[i].kind != CES_ROLLUP_TALLY)
			continue;
		appendStringInfoString(&sql, separator);
		append_sum(&sql, parts, definition->columns[i].removed);
		appendStringInfoString(&sql, " IS NOT NULL");
		separator = " OR ";
	}
	return sql.data;
}

/*
 * Where the view and the query over the answers differ: the keys of each group, and
 * what either says of it.  Of increments, if the view is an error: then a tally is what was
 * added in excess of what was removed.
 */
char *
ces_rollup_check_sql(const CesRollupParts *parts, bool of_increments)
{
	const char *is_found = name_beside_query(parts, "is_found");
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "WITH r (");
	append_query_columns(&sql, parts);
	appendStringInfoString(&sql, ") AS MATERIALIZED (SELECT ");
	if (of_increments)
	{
		append_query_columns(&sql, parts);
		appendStringInfoString(&sql, " FROM (SELECT ");
		append_sums(&sql, parts, parts->definition->rows);
		append_groups(&sql, parts);
		appendStringInfoString(&sql, ") AS g WHERE ");
		append_is_something(&sql, parts, "");
	}
	else
		appendStringInfo(&sql, "* FROM %s", ces_rollup_qualified_name(parts->rollup->view));
	appendStringInfoString(&sql, "), a (");
	append_query_columns(&sql, parts);
	appendStringInfo(&sql, ") AS MATERIALIZED (SELECT * FROM %s) SELECT ", ces_rollup_qualified_name(parts->rollup->definition));
	append_json(&sql, parts, true);
	appendStringInfoString(&sql, ", (array_agg(");
	append_json(&sql, parts, false);
	appendStringInfo(&sql, ") FILTER (WHERE %s))[1], (array_agg(", is_found);
	append_json(&sql, parts, false);
	appendStringInfo(&sql, ") FILTER (WHERE NOT %s))[1] FROM ("
						   "SELECT *, true AS %s FROM (SELECT * FROM r EXCEPT SELECT * FROM a) AS found UNION ALL "
						   "SELECT *, false FROM (SELECT * FROM a EXCEPT SELECT * FROM r) AS expected) AS differences GROUP BY ",
					 is_found, is_found);
	append_keys(&sql, parts, "", false);
	return sql.data;
}

/* The index by which the view finds the groups that deltas change. */
char *
ces_rollup_index_sql(const CesRollupParts *parts)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE INDEX ON %s (", ces_rollup_qualified_name(parts->rollup->store));
	append_hash(&sql, parts);
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* The columns of the store and of the deltas, for CREATE TABLE. */
char *
ces_rollup_columns_sql(const CesRollupDefinition *definition, const char *schema)
{
	StringInfoData sql;
	List *names = NIL;
	bool first = true;

	initStringInfo(&sql);
	for (int i = 0; i < definition->ncolumns; i++)
	{
		const CesRollupColumn *col = &definition->columns[i];

		append_comma(&sql, &first);
		appendStringInfo(&sql, "%s %s", quote_identifier(col->name), format_type_with_typemod(col->type, col->typmod));
		if (OidIsValid(col->collation))
			appendStringInfo(&sql, " COLLATE %s", generate_collation_name(col->collation));
		if (col->kind == CES_ROLLUP_COUNT)
			appendStringInfoString(&sql, " NOT NULL");
		names = lappend(names, col->name);
	}
	for (int i = 0; i < definition->ncolumns; i++)
	{
		if (definition->columns[i].kind == CES_ROLLUP_TALLY)
			appendStringInfo(&sql, ", %s %s.ces_tally",
							 quote_identifier(unique_name(psprintf("removed_%s", definition->columns[i].name), &names)), schema);
	}
	appendStringInfo(&sql, ", %s bigint NOT NULL", quote_identifier(unique_name("rows", &names)));
	if (definition->part != InvalidAttrNumber)
		appendStringInfo(&sql, ", %s regclass NOT NULL", quote_identifier(unique_name("part", &names)));
	return sql.data;
}
