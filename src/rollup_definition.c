/*-------------------------------------------------------------------------
 *
 * rollup_definition.c
 *	  Reads the query of a rollup, and refuses what could not be kept exact.
 *
 * The query is read twice: as the user wrote it, when a rollup is created, and from the
 * view that holds it ever after.  Both ways lead through the same checks, as anyone who
 * owns the view can replace it.  What only creation has to check is the table: later, a
 * writer must not get an error because of what someone did to it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/transam.h"
#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "compat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "parser/parse_coerce.h"
#include "parser/parser.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "rollup_definition.h"
#include "scale.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/ruleutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/*
 * Text for messages
 */

/* The position of a part of the query, for ereport(); none in the query of a view. */
int
ces_rollup_position(const CesRollupReading *reading, const void *node)
{
	int location = exprLocation(node);

	if (reading->text != NULL && location >= 0)
		errposition(pg_mbstrlen_with_len(reading->text, location) + 1);
	return 0;
}

/* Show positions in the query of a rollup where it stands in the statement of the user. */
void
ces_rollup_transpose_position(void *text)
{
	(void) function_parse_error_transpose(text);
}

/* The name of a relation, as the user can type it. */
char *
ces_rollup_relation_name(Oid relation)
{
	char *schema = RelationIsVisible(relation) ? NULL : get_namespace_name(get_rel_namespace(relation));

	return quote_qualified_identifier(schema, get_rel_name(relation));
}

/* SQL with its lines joined, as far as they aren't within quotes. */
static char *
on_one_line(const char *text)
{
	StringInfoData line;
	char quote = '\0';

	initStringInfo(&line);
	for (text = ces_skip_blanks(text); *text != '\0'; text++)
	{
		if (quote == '\0' && *text == '\n')
		{
			appendStringInfoChar(&line, ' ');
			text = ces_skip_blanks(text) - 1;
			continue;
		}
		if (quote == '\0' && (*text == '\'' || *text == '"'))
			quote = *text;
		else if (*text == quote)
			quote = '\0';
		appendStringInfoChar(&line, *text);
	}
	return line.data;
}

/* An expression over one table, as SQL. */
static char *
deparse(RangeTblEntry *table, const void *expression)
{
	Query *query = makeNode(Query);

	query->commandType = CMD_SELECT;
	query->rtable = list_make1(table);
	query->jointree = makeFromExpr(NIL, NULL);
	query->targetList = list_make1(makeTargetEntry(copyObject(unconstify(void *, expression)), 1, NULL, false));
	return on_one_line(pg_get_querydef(query, true) + strlen(" SELECT "));
}

/* An expression of the query, as the user can type it there. */
char *
ces_rollup_deparse(const CesRollupReading *reading, const void *expression)
{
	return deparse(copyObject(linitial(reading->query->rtable)), expression);
}

/* What puts the columns of the rollup in place of what they have */
typedef struct ReaderContext
{
	const List *columns; /* the target list of the query */
	bool is_impossible; /* does the expression need a column of the source? */
} ReaderContext;

static Node *
put_columns(Node *node, void *context)
{
	ReaderContext *reader = context;
	ListCell *cell;

	if (node == NULL)
		return NULL;
	foreach (cell, reader->columns)
	{
		TargetEntry *column = lfirst(cell);

		if (!column->resjunk && equal(column->expr, node))
			return (Node *) makeVar(1, column->resno, exprType(node), exprTypmod(node), exprCollation(node), 0);
	}
	if (IsA(node, Var) || IsA(node, Aggref))
		reader->is_impossible = true;
	return expression_tree_mutator(node, put_columns, context);
}

/* An expression as somebody can type it who reads the rollup; NULL if that can't be. */
char *
ces_rollup_deparse_for_reader(const CesRollupReading *reading, const void *expression)
{
	ReaderContext context = {reading->query->targetList, false};
	Node *node = put_columns(unconstify(void *, expression), &context);
	RangeTblEntry *table = makeNode(RangeTblEntry);
	List *names = NIL;
	ListCell *cell;

	if (context.is_impossible)
		return NULL;
	foreach (cell, reading->query->targetList)
		names = lappend(names, makeString(pstrdup(lfirst_node(TargetEntry, cell)->resname ? lfirst_node(TargetEntry, cell)->resname : "?column?")));
	table->rtekind = RTE_VALUES;
	table->eref = makeAlias("rollup", names);
	return deparse(table, node);
}

/* Refuse a part of the query. */
pg_noreturn static void
refuse(const CesRollupReading *reading, const void *node, const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s", message),
			 errhint("%s", hint),
			 ces_rollup_position(reading, node)));
}

/*
 * What belongs to the extension
 */

/* What to put before the name of a function of the extension. */
static const char *
prefix_of_extension(Oid extension)
{
	Oid schema = OidIsValid(extension) ? ces_extension_schema() : InvalidOid;

	if (!OidIsValid(schema) || list_member_oid(fetch_search_path(true), schema))
		return "";
	return psprintf("%s.", quote_identifier(get_namespace_name(schema)));
}

/* The name of an aggregate of the extension, or NULL if it is none. */
static const char *
own_aggregate(const CesRollupReading *reading, const Aggref *call)
{
	if (!OidIsValid(reading->extension) ||
		getExtensionOfObject(ProcedureRelationId, call->aggfnoid) != reading->extension)
		return NULL;
	return get_func_name(call->aggfnoid);
}

/* Is an argument of an aggregate of the extension, numbered from 0, of the type ces_scale? */
static bool
is_scale(const CesRollupReading *reading, const Aggref *call, int argument)
{
	return argument < list_length(call->args) &&
		   getExtensionOfObject(TypeRelationId, exprType((Node *) list_nth_node(TargetEntry, call->args, argument)->expr)) == reading->extension;
}

static Expr *
argument_of(const Aggref *call, int argument)
{
	return list_nth_node(TargetEntry, call->args, argument)->expr;
}

/*
 * FROM
 */

/* The columns of other tables that a query with a join needs */
typedef struct JoinedColumns
{
	const Query *query;
	int main; /* where the table with the answers is in the query */
	List *columns;
} JoinedColumns;

static bool
find_joined_columns(Node *node, void *context)
{
	JoinedColumns *joined = context;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		Var *column = castNode(Var, node);

		if (column->varlevelsup == 0 && column->varno != joined->main && column->varattno > 0 &&
			rt_fetch(column->varno, joined->query->rtable)->rtekind == RTE_RELATION)
			joined->columns = list_append_unique(joined->columns, column);
		return false;
	}
	return expression_tree_walker(node, find_joined_columns, context);
}

/* Where the table with the answers is in a query with several. */
static int
main_table(const CesRollupReading *reading)
{
	ListCell *cell;
	int table = -1;

	foreach (cell, reading->query->targetList)
	{
		Expr *expression = lfirst_node(TargetEntry, cell)->expr;

		if (IsA(expression, Aggref) && own_aggregate(reading, castNode(Aggref, expression)) != NULL)
		{
			table = bms_next_member(pull_varnos(NULL, (Node *) argument_of(castNode(Aggref, expression), 0)), -1);
			break;
		}
	}
	if (table < 1)
		table = bms_next_member(pull_varnos(NULL, (Node *) reading->query->jointree->fromlist), -1);
	return table < 1 || rt_fetch(table, reading->query->rtable)->rtekind != RTE_RELATION ? -1 : table;
}

/* What stores in the table of answers what the query takes from others. */
static char *
hint_join(const CesRollupReading *reading)
{
	JoinedColumns joined = {reading->query, main_table(reading), NIL};
	const char *advice = "A rollup is over one table. Store what it needs of the others in the table of answers";
	StringInfoData hint;
	ListCell *cell;

	if (joined.main > 0)
		find_joined_columns((Node *) reading->query->targetList, &joined);
	if (joined.columns == NIL)
		return psprintf("%s.", advice);
	initStringInfo(&hint);
	appendStringInfo(&hint, "%s: ALTER TABLE %s", advice,
					 ces_rollup_relation_name(rt_fetch(joined.main, reading->query->rtable)->relid));
	foreach (cell, joined.columns)
	{
		Var *column = lfirst(cell);
		RangeTblEntry *table = rt_fetch(column->varno, reading->query->rtable);

		appendStringInfo(&hint, "%s ADD COLUMN %s %s", foreach_current_index(cell) > 0 ? "," : "",
						 quote_identifier(get_rte_attribute_name(table, column->varattno)),
						 format_type_with_typemod(column->vartype, column->vartypmod));
	}
	return hint.data;
}

/* The number of the table in the query.  It must be the only thing in FROM. */
static int
find_table(const CesRollupReading *reading)
{
	const List *from = reading->query->jointree->fromlist;
	const RangeTblEntry *table;
	int number;

	if (from == NIL)
		refuse(reading, NULL, "a rollup must be over a table",
			   "Add FROM and the name of the table that has the answers.");
	if (list_length(from) > 1 || !IsA(linitial(from), RangeTblRef))
		refuse(reading, NULL, "a rollup cannot have a join", hint_join(reading));
	number = linitial_node(RangeTblRef, from)->rtindex;
	table = rt_fetch(number, reading->query->rtable);
	switch (table->rtekind)
	{
		case RTE_RELATION:
			break;
		case RTE_SUBQUERY:
			refuse(reading, NULL, "a rollup cannot have a subquery in FROM",
				   "Name the table itself in FROM. Write conditions after WHERE and expressions in the select list.");
		case RTE_FUNCTION:
		case RTE_TABLEFUNC:
			refuse(reading, NULL, "a rollup cannot have a function in FROM",
				   "Name a table in FROM. A rollup learns of changes from the triggers of a table.");
		default:
			refuse(reading, NULL, "a rollup must be over a table", "Name a table in FROM.");
	}
	if (table->tablesample != NULL)
		refuse(reading, table->tablesample, "a rollup cannot have TABLESAMPLE", "Leave it out.");
	return number;
}

/* Whatever the query says, can there be a rollup over a relation of this kind? */
static void
check_kind(Relation source)
{
	const char *hint;

	switch (source->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
			return;
		case RELKIND_VIEW:
		case RELKIND_MATVIEW:
			hint = "Name the table that it reads.";
			break;
		case RELKIND_FOREIGN_TABLE:
			hint = "Create the rollup on the server that has the answers, and read it from here through a foreign table.";
			break;
		default:
			hint = "Name a table in FROM.";
	}
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("cannot create a rollup over \"%s\"", RelationGetRelationName(source)),
			 errdetail_relkind_not_supported(source->rd_rel->relkind),
			 errhint("%s", hint)));
}

/* Refuse a table for what it is. */
pg_noreturn static void
refuse_table(Relation source, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot create a rollup over table \"%s\"", RelationGetRelationName(source)),
			 errdetail("%s", detail),
			 errhint("%s", hint)));
}

/* Refuse inheritance: triggers of a table don't fire for its children. */
static void
check_inheritance(Relation source)
{
	Oid relation = RelationGetRelid(source);
	List *children = NIL;
	const char *partition = "A partitioned table can have a rollup, and so can a table without inheritance.";

	if (source->rd_rel->relkind == RELKIND_RELATION && source->rd_rel->relhassubclass)
		children = find_inheritance_children(relation, AccessShareLock);
	if (children != NIL)
		refuse_table(source, psprintf("Table \"%s\" inherits from it.", get_rel_name(linitial_oid(children))), partition);
	if (!source->rd_rel->relispartition && has_superclass(relation))
		refuse_table(source, "It inherits from another table.", partition);
}

/* Refuse partitions whose changes would be missed, or that lose theirs in a crash while the rollup doesn't. */
static void
check_partitions(Relation source)
{
	ListCell *cell;

	foreach (cell, find_all_inheritors(RelationGetRelid(source), AccessShareLock, NULL))
	{
		Oid partition = lfirst_oid(cell);
		const char *name = ces_rollup_relation_name(partition);
		const char *source_name = ces_rollup_relation_name(RelationGetRelid(source));
		char kind = get_rel_relkind(partition);

		if (kind == RELKIND_FOREIGN_TABLE)
			refuse_table(source, psprintf("Its partition \"%s\" is a foreign table.", get_rel_name(partition)),
						 psprintf("Detach it, or create a rollup on each server: ALTER TABLE %s DETACH PARTITION %s", source_name, name));
		if (kind == RELKIND_RELATION && get_rel_persistence(partition) != source->rd_rel->relpersistence)
			refuse_table(source,
						 psprintf("Its partition \"%s\" is %s, but the table is not.", get_rel_name(partition),
								  get_rel_persistence(partition) == RELPERSISTENCE_UNLOGGED ? "unlogged" : "logged"),
						 psprintf("ALTER TABLE %s SET %s", name,
								  get_rel_persistence(partition) == RELPERSISTENCE_UNLOGGED ? "LOGGED" : "UNLOGGED"));
	}
}

/* Can there be a rollup over this table as it is now? */
static void
check_table(Relation source)
{
	Oid relation = RelationGetRelid(source);

	if (relation < FirstNormalObjectId || IsCatalogRelation(source))
		refuse_table(source, "It is a system catalog.", "Name a table of answers in FROM.");
	if (source->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
		refuse_table(source, "It is a temporary table.", "Create the table without TEMPORARY.");
	check_inheritance(source);
	if (source->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		check_partitions(source);
	if (check_enable_rls(relation, source->rd_rel->relowner, true) == RLS_ENABLED)
		refuse_table(source, "Its row-level security applies to its owner, as whom a rollup counts.",
					 psprintf("ALTER TABLE %s NO FORCE ROW LEVEL SECURITY", ces_rollup_relation_name(relation)));
}

/*
 * Clauses
 */

/* The keys, as in GROUP BY, followed by one more if it isn't NULL. */
static char *
group_by(const CesRollupReading *reading, const TargetEntry *more)
{
	StringInfoData text;
	const char *separator = "";
	ListCell *cell;

	initStringInfo(&text);
	foreach (cell, reading->query->targetList)
	{
		TargetEntry *entry = lfirst(cell);

		if (!(more != NULL && entry->resno == more->resno) &&
			get_sortgroupref_clause_noerr(entry->ressortgroupref, reading->query->groupClause) == NULL)
			continue;
		/* A constant can only be meant by its position. */
		if (IsA(entry->expr, Const) && !entry->resjunk)
			appendStringInfo(&text, "%s%d", separator, entry->resno);
		else
			appendStringInfo(&text, "%s%s", separator, ces_rollup_deparse(reading, entry->expr));
		separator = ", ";
	}
	return text.data;
}

/* HAVING as the condition of somebody who reads the rollup. */
static char *
hint_having(const CesRollupReading *reading)
{
	char *text = ces_rollup_deparse_for_reader(reading, reading->query->havingQual);

	if (text == NULL)
		return "Leave it out, and put it into the query that reads the rollup.";
	return psprintf("Leave it out, and put it into the query that reads the rollup: WHERE %s", text);
}

/* What a query may not have beside its table. */
static void
check_commands(const CesRollupReading *reading)
{
	const Query *query = reading->query;

	if (query->commandType != CMD_SELECT)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("the query of a rollup must be a SELECT"),
				 query->commandType == CMD_UTILITY ? errhint("Leave INTO out: the first argument is the name of the rollup.") : 0));
	if (query->cteList != NIL)
		refuse(reading, linitial(query->cteList), "a rollup cannot have WITH", "Name the table itself in FROM.");
	if (query->setOperations != NULL)
		refuse(reading, NULL, "a rollup cannot have UNION, INTERSECT or EXCEPT",
			   "Create a rollup for each SELECT, and combine them in the query that reads them.");
}

static void
check_clauses(const CesRollupReading *reading)
{
	const Query *query = reading->query;

	if (query->distinctClause != NIL)
		refuse(reading, NULL, query->hasDistinctOn ? "a rollup cannot have DISTINCT ON" : "a rollup cannot have DISTINCT",
			   query->hasDistinctOn ? "Leave it out, and put it into the query that reads the rollup." : "Leave it out: GROUP BY gives each group once.");
	if (query->hasWindowFuncs || query->windowClause != NIL)
		refuse(reading, NULL, "a rollup cannot have window functions",
			   "Leave them out, and put them into the query that reads the rollup.");
	if (query->hasTargetSRFs)
		refuse(reading, NULL, "a rollup cannot have functions that return sets",
			   "Store one row for each element, or have the whole value as a key.");
	if (query->groupingSets != NIL)
		refuse(reading, NULL, "a rollup cannot have GROUPING SETS, CUBE or ROLLUP",
			   query->groupClause == NIL ? "Name the keys of the rollup after GROUP BY." : psprintf("Group by all keys here, and put the rest into the query that reads the rollup: GROUP BY %s", group_by(reading, NULL)));
	if (query->havingQual != NULL)
		refuse(reading, query->havingQual, "a rollup cannot have HAVING", hint_having(reading));
	if (query->sortClause != NIL)
		refuse(reading, get_sortgroupclause_expr(linitial(query->sortClause), query->targetList),
			   "a rollup cannot have ORDER BY", "Leave it out, and sort in the query that reads the rollup.");
	if (query->limitCount != NULL || query->limitOffset != NULL)
		refuse(reading, query->limitCount != NULL ? query->limitCount : query->limitOffset,
			   "a rollup cannot have LIMIT or OFFSET", "Leave it out, and put it into the query that reads the rollup.");
	if (query->rowMarks != NIL)
		refuse(reading, NULL, "a rollup cannot have FOR UPDATE or FOR SHARE", "Leave it out.");
}

/* Refuse what isn't in a row of the table that a trigger sees. */
static bool
check_columns(Node *node, void *context)
{
	const CesRollupReading *reading = context;

	if (node == NULL)
		return false;
	if (IsA(node, SubLink))
		refuse(reading, node, "a rollup cannot have a subquery",
			   psprintf("Store what it finds in a column of the table: ALTER TABLE %s ADD COLUMN YOUR_COLUMN YOUR_TYPE",
						ces_rollup_relation_name(reading->source)));
	if (IsA(node, Var) && castNode(Var, node)->varattno == 0)
		refuse(reading, node, "a rollup cannot use a row as a whole", "Name the columns that you need.");
	if (IsA(node, Var) && castNode(Var, node)->varattno < 0)
		refuse(reading, node,
			   psprintf("a rollup cannot use system column \"%s\"",
						get_attname(reading->source, castNode(Var, node)->varattno, false)),
			   "Name columns of the table itself.");
	return expression_tree_walker(node, check_columns, context);
}

/*
 * Aggregates
 */

/* An aggregate that can be read from a tally */
typedef struct Metric
{
	const char *name;
	const char *default_scale;
} Metric;

static const Metric metrics[] = {
	{"ces_topbox", "ces"},
	{"ces_mean", "ces"},
	{"nps", "nps"},
	{"csat", "csat"},
};

/* The default scale of a metric, or NULL if there is no such metric. */
const char *
ces_default_scale_of(const char *name)
{
	for (int i = 0; i < (int) lengthof(metrics); i++)
	{
		if (strcmp(metrics[i].name, name) == 0)
			return metrics[i].default_scale;
	}
	return NULL;
}

/* A name for the tally that stands in place of another aggregate. */
static const char *
name_of_tally(const CesRollupReading *reading, const TargetEntry *column, const Aggref *call)
{
	const Expr *score = argument_of(call, 0);
	const char *name = column->resname;

	/* Without AS, the column is called like the aggregate. */
	if (strcmp(name, get_func_name(call->aggfnoid)) == 0 || call != (const Aggref *) column->expr)
	{
		if (IsA(score, FuncExpr) && ((const FuncExpr *) score)->funcformat == COERCE_IMPLICIT_CAST)
			score = linitial(((const FuncExpr *) score)->args);
		if (IsA(score, Var))
			name = get_attname(reading->source, ((const Var *) score)->varattno, false);
	}
	return quote_identifier(name);
}

/* The FILTER of an aggregate, as the user wrote it. */
static char *
filter_of(const CesRollupReading *reading, const Aggref *call)
{
	if (call->aggfilter == NULL)
		return "";
	return psprintf(" FILTER (WHERE %s)", ces_rollup_deparse(reading, call->aggfilter));
}

/* An argument as the user wrote it, without casts that PostgreSQL added. */
static char *
argument_text(const CesRollupReading *reading, const Aggref *call, int argument)
{
	Expr *expression = argument_of(call, argument);

	if (IsA(expression, FuncExpr) && castNode(FuncExpr, expression)->funcformat == COERCE_IMPLICIT_CAST)
		expression = linitial(castNode(FuncExpr, expression)->args);
	if (IsA(expression, Const) && castNode(Const, expression)->consttype == TEXTOID && !castNode(Const, expression)->constisnull)
		return quote_literal_cstr(TextDatumGetCString(castNode(Const, expression)->constvalue));
	return ces_rollup_deparse(reading, expression);
}

/* A tally of the answers of an aggregate, on a scale. */
static char *
tally_text(const CesRollupReading *reading, const Aggref *call, const char *scale)
{
	return psprintf("%sces_tally(%s, %s)%s", reading->prefix, argument_text(reading, call, 0), scale,
					filter_of(reading, call));
}

/* The text with the first occurrence of a part of it replaced. */
static char *
replace_first(const char *text, const char *part, const char *replacement)
{
	const char *at = strstr(text, part);

	return at == NULL ? pstrdup(replacement) : psprintf("%.*s%s%s", (int) (at - text), text, replacement, at + strlen(part));
}

/* Refuse a metric: a rollup has tallies, and metrics are read from them. */
pg_noreturn static void
refuse_metric(const CesRollupReading *reading, const TargetEntry *column, const Aggref *call)
{
	const char *metric = get_func_name(call->aggfnoid);
	const char *name = name_of_tally(reading, column, call);
	const char *scale = list_length(call->aggargtypes) > 1 ? argument_text(reading, call, 1) : psprintf("'%s'", ces_default_scale_of(metric));
	const char *metric_of_tally = psprintf("%s%s(%sces_rollup(%s))", reading->prefix, metric, reading->prefix, name);

	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("a rollup cannot have %s", metric),
			 errdetail("It has tallies, from which every metric can be read."),
			 errhint("Write %s AS %s here, and %s in the query that reads the rollup.",
					 tally_text(reading, call, scale), name,
					 replace_first(ces_rollup_deparse(reading, column->expr), ces_rollup_deparse(reading, call),
								   metric_of_tally)),
			 ces_rollup_position(reading, call)));
}

/* Refuse answers in words: what a word stands for is in a table that can be changed. */
pg_noreturn static void
refuse_words(const CesRollupReading *reading, const TargetEntry *column, const Aggref *call)
{
	const char *table = ces_rollup_relation_name(reading->source);

	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("a rollup cannot have answers in words"),
			 errdetail("What a label stands for may change in table ces_label."),
			 errhint("Store the scores: ALTER TABLE %s ADD COLUMN score integer; UPDATE %s SET score = %sces_score(%s, %s); Then write %sces_tally(score, 'WORST..BEST') AS %s here, with the scale of the label set.",
					 table, table, reading->prefix, argument_text(reading, call, 0), argument_text(reading, call, 1),
					 reading->prefix, name_of_tally(reading, column, call)),
			 ces_rollup_position(reading, call)));
}

/* Refuse an aggregate that can't be had from tallies. */
pg_noreturn static void
refuse_other_aggregate(const CesRollupReading *reading, const TargetEntry *column, const Aggref *call)
{
	const char *name = get_func_name(call->aggfnoid);
	const char *hint = "A rollup has ces_tally, count(*) and count of a column. Ask the table itself for the rest.";

	if (strcmp(name, "avg") == 0 && list_length(call->aggargtypes) == 1)
	{
		const char *tally = name_of_tally(reading, column, call);

		hint = psprintf("If it is a score, write %s AS %s here, with its scale, and %sces_mean(%sces_rollup(%s)) in the query that reads the rollup.",
						tally_text(reading, call, "'WORST..BEST'"), tally,
						reading->prefix, reading->prefix, tally);
	}
	refuse(reading, call, psprintf("a rollup cannot have aggregate %s", name), hint);
}

/* Refuse DISTINCT and ORDER BY inside an aggregate. */
static void
check_aggregate_options(const CesRollupReading *reading, const Aggref *call)
{
	Aggref *plain;

	if (call->aggdistinct == NIL && call->aggorder == NIL)
		return;
	plain = copyObject(unconstify(Aggref *, call));
	plain->aggdistinct = NIL;
	plain->aggorder = NIL;
	if (call->aggdistinct == NIL)
		refuse(reading, call, "an aggregate of a rollup cannot have ORDER BY",
			   psprintf("Leave it out: %s", ces_rollup_deparse(reading, plain)));
	if (call->aggfnoid == F_COUNT_ANY)
		refuse(reading, call, "an aggregate of a rollup cannot have DISTINCT",
			   psprintf("Have what it counts as a key: GROUP BY %s, %s; and count it in the query that reads the rollup.",
						group_by(reading, NULL), argument_text(reading, call, 0)));
	refuse(reading, call, "an aggregate of a rollup cannot have DISTINCT",
		   psprintf("Leave it out, to count every answer: %s", ces_rollup_deparse(reading, plain)));
}

/* Is it count(*) or count(x)? */
static bool
is_count(const Aggref *call)
{
	return call->aggfnoid == F_COUNT_ || call->aggfnoid == F_COUNT_ANY;
}

/* Refuse all aggregates but tallies and counts. */
static void
check_aggregate(const CesRollupReading *reading, const TargetEntry *column, const Aggref *call)
{
	const char *name = own_aggregate(reading, call);

	if (name == NULL ? !is_count(call) : strcmp(name, "ces_drivers") == 0 || strcmp(name, "ces_switches") == 0)
		refuse_other_aggregate(reading, column, call);
	if (name != NULL && list_length(call->aggargtypes) == 2 && !is_scale(reading, call, 1))
		refuse_words(reading, column, call);
	if (name != NULL && ces_default_scale_of(name) != NULL)
		refuse_metric(reading, column, call);
	if (name != NULL && strcmp(name, "ces_tally") != 0)
		refuse(reading, call, psprintf("a rollup cannot have aggregate %s", name),
			   "Create the rollup over the table that has the answers, with ces_tally.");
	if (name != NULL && list_length(call->aggargtypes) != 2)
		refuse(reading, call, "a rollup cannot have a number of responses in ces_tally",
			   psprintf("Each row is one answer: %s", tally_text(reading, call, argument_text(reading, call, 1))));
	check_aggregate_options(reading, call);
}

/* Find an aggregate inside an expression. */
static bool
find_aggregate(Node *node, void *context)
{
	if (node != NULL && IsA(node, Aggref))
	{
		*(Aggref **) context = castNode(Aggref, node);
		return true;
	}
	return expression_tree_walker(node, find_aggregate, context);
}

/* Refuse a column that is neither a key nor a bare aggregate. */
pg_noreturn static void
refuse_column(const CesRollupReading *reading, const TargetEntry *column)
{
	Aggref *call = NULL;

	if (IsA(column->expr, GroupingFunc))
		refuse(reading, column->expr, "a rollup cannot have GROUPING", "Leave it out.");
	if (find_aggregate((Node *) column->expr, &call))
	{
		check_aggregate(reading, column, call);
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" of a rollup is an expression over an aggregate", column->resname),
				 errhint("Have the aggregate as a column, %s AS %s, and calculate in the query that reads the rollup.",
						 ces_rollup_deparse(reading, call), quote_identifier(column->resname)),
				 ces_rollup_position(reading, column->expr)));
	}
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("column \"%s\" of a rollup is neither in GROUP BY nor an aggregate", column->resname),
			 errhint("GROUP BY %s", group_by(reading, column)),
			 ces_rollup_position(reading, column->expr)));
}

/*
 * The definition
 */

/* Is a column of the query an expression of GROUP BY? */
static bool
is_key(const Query *query, const TargetEntry *column)
{
	ListCell *cell;

	foreach (cell, query->groupClause)
	{
		if (equal(get_sortgroupclause_expr(lfirst(cell), query->targetList), column->expr))
			return true;
	}
	return false;
}

/* What to type for a key whose type has no order. */
static char *
hint_cast(const CesRollupReading *reading, const TargetEntry *column)
{
	Node *text = coerce_to_target_type(NULL, copyObject((Node *) column->expr), exprType((Node *) column->expr), TEXTOID,
									   -1, COERCION_EXPLICIT, COERCE_EXPLICIT_CAST, -1);

	if (text == NULL || contain_mutable_functions(text))
		return "Store it in a column of another type.";
	return psprintf("Cast it, here and after GROUP BY: %s AS %s", ces_rollup_deparse(reading, text),
					quote_identifier(column->resname));
}

/* Can the store have this key, in a unique index? */
static void
check_key(const CesRollupReading *reading, const TargetEntry *column)
{
	Oid type = exprType((Node *) column->expr);

	if (get_typtype(type) == TYPTYPE_PSEUDO)
		refuse(reading, column->expr, psprintf("key \"%s\" of a rollup has pseudo-type %s", column->resname, format_type_be(type)),
			   "Have its parts as keys of their own.");
	if (!OidIsValid(lookup_type_cache(type, TYPECACHE_CMP_PROC)->cmp_proc))
		refuse(reading, column->expr,
			   psprintf("key \"%s\" of a rollup has type %s, which has no order", column->resname, format_type_be(type)),
			   hint_cast(reading, column));
	ces_rollup_check_immutable(reading, psprintf("key \"%s\"", column->resname), column, column->expr);
}

static void
read_key(const CesRollupReading *reading, const TargetEntry *entry, CesRollupColumn *column)
{
	check_key(reading, entry);
	column->kind = CES_ROLLUP_KEY;
	column->expression = entry->expr;
}

/* A tally or a count.  The scale is looked at when all keys are known. */
static void
read_aggregate(const CesRollupReading *reading, const TargetEntry *entry, CesRollupColumn *column)
{
	const Aggref *call = castNode(Aggref, entry->expr);

	check_aggregate(reading, entry, call);
	column->kind = is_count(call) ? CES_ROLLUP_COUNT : CES_ROLLUP_TALLY;
	if (call->args != NIL)
		column->expression = argument_of(call, 0);
	if (column->kind == CES_ROLLUP_TALLY)
		column->scale = argument_of(call, 1);
	column->filter = call->aggfilter;
	ces_rollup_check_immutable(reading, psprintf("%s of \"%s\"", is_count(call) ? "argument" : "score", entry->resname), entry, column->expression);
	ces_rollup_check_immutable(reading, psprintf("FILTER of \"%s\"", entry->resname), NULL, column->filter);
}

static void
read_column(const CesRollupReading *reading, const TargetEntry *entry, CesRollupColumn *column)
{
	column->name = pstrdup(entry->resname);
	column->type = exprType((Node *) entry->expr);
	column->typmod = exprTypmod((Node *) entry->expr);
	column->collation = exprCollation((Node *) entry->expr);
	column->scale_key = -1;
	if (is_key(reading->query, entry))
		read_key(reading, entry, column);
	else if (IsA(entry->expr, Aggref))
		read_aggregate(reading, entry, column);
	else
		refuse_column(reading, entry);
}

/* An expression without what changes only the name of its type. */
static const Node *
strip_relabeling(const Expr *expression)
{
	while (IsA(expression, RelabelType))
		expression = ((const RelabelType *) expression)->arg;
	return (const Node *) expression;
}

/* The scale of a tally: a constant, or a key. */
static void
read_scale(const CesRollupReading *reading, const CesRollupDefinition *definition, CesRollupColumn *column)
{
	Node *constant = eval_const_expressions(NULL, copyObject((Node *) column->scale));

	if (IsA(constant, Const) && castNode(Const, constant)->constisnull)
		refuse(reading, column->scale, psprintf("scale of tally \"%s\" of a rollup must not be null", column->name),
			   "Name the scale, such as '1..7'.");
	if (IsA(constant, Const))
	{
		column->scale = (Expr *) constant;
		return;
	}
	for (int i = 0; i < definition->ncolumns; i++)
	{
		const CesRollupColumn *key = &definition->columns[i];

		if (key->kind == CES_ROLLUP_KEY && equal(strip_relabeling(key->expression), strip_relabeling(column->scale)))
		{
			column->scale_key = i;
			return;
		}
	}
	refuse(reading, column->scale, psprintf("scale of tally \"%s\" of a rollup is neither constant nor a key", column->name),
		   psprintf("Add it to the select list and to the keys: GROUP BY %s, %s", group_by(reading, NULL),
					ces_rollup_deparse(reading, column->scale)));
}

/* A column with a name of its own. */
static char *
hint_name(const CesRollupReading *reading, const TargetEntry *column)
{
	const Aggref *call = (const Aggref *) column->expr;

	if (!IsA(call, Aggref) || own_aggregate(reading, call) == NULL || list_length(call->aggargtypes) != 2)
		return psprintf("%s AS YOUR_NAME", ces_rollup_deparse(reading, column->expr));
	return psprintf("%s AS %s", tally_text(reading, call, argument_text(reading, call, 1)), name_of_tally(reading, column, call));
}

/* Every key must be in the select list, once under each name. */
static void
check_select_list(const CesRollupReading *reading)
{
	ListCell *cell;

	foreach (cell, reading->query->targetList)
	{
		const TargetEntry *entry = lfirst(cell);
		ListCell *other;
		bool is_selected = !entry->resjunk;

		foreach (other, reading->query->targetList)
		{
			const TargetEntry *column = lfirst(other);

			if (column->resjunk)
				continue;
			is_selected |= equal(column->expr, entry->expr);
			if (column != entry && !entry->resjunk && strcmp(column->resname, entry->resname) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("two columns of a rollup are called \"%s\"", entry->resname),
						 errhint("Name them: %s", hint_name(reading, column)),
						 ces_rollup_position(reading, column->expr)));
		}
		if (!is_selected)
			refuse(reading, entry->expr,
				   psprintf("key %s of a rollup is not in the select list", ces_rollup_deparse(reading, entry->expr)),
				   psprintf("Add it there: SELECT %s", ces_rollup_deparse(reading, entry->expr)));
	}
}

/* The attributes that store and deltas have beside the columns of the query. */
static void
number_attributes(CesRollupDefinition *definition)
{
	int last = definition->ncolumns;

	for (int i = 0; i < definition->ncolumns; i++)
	{
		if (definition->columns[i].kind == CES_ROLLUP_TALLY)
			definition->columns[i].removed = (AttrNumber) ++last;
	}
	definition->rows = (AttrNumber) ++last;
	if (definition->partitioned)
		definition->part = (AttrNumber) ++last;
}

/* How many columns are of a kind. */
static int
count_columns(const CesRollupDefinition *definition, CesRollupColumnKind kind)
{
	int count = 0;

	for (int i = 0; i < definition->ncolumns; i++)
		count += definition->columns[i].kind == kind;
	return count;
}

static void
read_columns(const CesRollupReading *reading, CesRollupDefinition *definition)
{
	ListCell *cell;

	definition->columns = palloc0_array(CesRollupColumn, list_length(reading->query->targetList));
	foreach (cell, reading->query->targetList)
	{
		const TargetEntry *entry = lfirst(cell);

		if (!entry->resjunk)
			read_column(reading, entry, &definition->columns[definition->ncolumns++]);
	}
	for (int i = 0; i < definition->ncolumns; i++)
	{
		if (definition->columns[i].kind == CES_ROLLUP_TALLY)
			read_scale(reading, definition, &definition->columns[i]);
	}
	if (count_columns(definition, CES_ROLLUP_TALLY) == 0)
		refuse(reading, NULL, "a rollup must have a tally",
			   psprintf("Add one for each question, such as %sces_tally(YOUR_SCORE, 'WORST..BEST') AS effort.", reading->prefix));
	if (count_columns(definition, CES_ROLLUP_KEY) > INDEX_MAX_KEYS - 1)
		refuse(reading, NULL, psprintf("a rollup cannot have more than %d keys", INDEX_MAX_KEYS - 1),
			   "Create several rollups, each with the keys of some reports.");
}

/* Check each condition by itself, so that a hint is about no others. */
static void
check_where(const CesRollupReading *reading)
{
	ListCell *cell;

	foreach (cell, make_ands_implicit((Expr *) reading->query->jointree->quals))
	{
		ces_rollup_check_immutable(reading, "WHERE", NULL, lfirst(cell));
	}
}

/* Put in place what virtual generated columns are computed from: triggers don't have them. */
static void
expand_generated_columns(CesRollupDefinition *definition, Relation source)
{
#if PG_VERSION_NUM >= 180000
	for (int i = 0; i < definition->ncolumns; i++)
	{
		CesRollupColumn *column = &definition->columns[i];

		column->expression = (Expr *) expand_generated_columns_in_expr((Node *) column->expression, source, 1);
		column->scale = (Expr *) expand_generated_columns_in_expr((Node *) column->scale, source, 1);
		column->filter = (Expr *) expand_generated_columns_in_expr((Node *) column->filter, source, 1);
	}
	definition->where = (Expr *) expand_generated_columns_in_expr((Node *) definition->where, source, 1);
#else
	(void) definition;
	(void) source;
#endif
}

/* Put keys in place of the references to GROUP BY that a query of PostgreSQL 18 has. */
static void
expand_groups(Query *query)
{
#if PG_VERSION_NUM >= 180000
	if (!query->hasGroupRTE)
		return;
	query->targetList = (List *) flatten_group_exprs(NULL, query, (Node *) query->targetList);
	query->havingQual = flatten_group_exprs(NULL, query, query->havingQual);
#else
	(void) query;
#endif
}

/* Leave nothing in the query but its one table, as number 1. */
static void
isolate_table(Query *query, int number)
{
	RangeTblEntry *table = rt_fetch(number, query->rtable);

	ChangeVarNodes((Node *) query->targetList, number, 1, 0);
	ChangeVarNodes(query->havingQual, number, 1, 0);
	ChangeVarNodes(query->jointree->quals, number, 1, 0);
	query->rtable = list_make1(table);
}

/*
 * Read a query, or refuse it.  Text is what the user wrote, or NULL if it is in a view.
 * The lock is for the source; with NoLock, it or a partition of it is locked already.
 */
static CesRollupDefinition *
read_query(const Query *query, const char *text, LOCKMODE lock)
{
	CesRollupDefinition *definition = palloc0(sizeof(CesRollupDefinition));
	CesRollupReading reading = {.query = copyObject(unconstify(Query *, query)), .text = text};
	Relation source;
	int number;

	reading.extension = get_extension_oid("ces", true);
	reading.prefix = prefix_of_extension(reading.extension);
	check_commands(&reading);
	expand_groups(reading.query);
	number = find_table(&reading);
	isolate_table(reading.query, number);
	reading.source = linitial_node(RangeTblEntry, reading.query->rtable)->relid;

	source = lock == NoLock ? RelationIdGetRelation(reading.source) : relation_open(reading.source, lock);
	if (!RelationIsValid(source))
		elog(ERROR, "could not open relation with OID %u", reading.source);
	check_kind(source);
	definition->source = reading.source;
	definition->partitioned = source->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
	if (definition->partitioned && !linitial_node(RangeTblEntry, reading.query->rtable)->inh)
		refuse(&reading, NULL, "a rollup cannot have ONLY and a partitioned table", "Leave ONLY out.");

	if (text != NULL)
		check_table(source);
	check_clauses(&reading);
	check_columns((Node *) reading.query->targetList, &reading);
	check_columns(reading.query->jointree->quals, &reading);
	if (reading.query->groupClause == NIL)
		refuse(&reading, NULL, "a rollup must have GROUP BY",
			   "Name the columns that reports group by, in the select list and after GROUP BY.");
	check_select_list(&reading);
	read_columns(&reading, definition);
	check_where(&reading);
	definition->where = (Expr *) reading.query->jointree->quals;
	expand_generated_columns(definition, source);
	number_attributes(definition);
	relation_close(source, NoLock);
	return definition;
}

/* The one SELECT in a text. */
static RawStmt *
parse_select(const char *text)
{
	List *statements = raw_parser(text, RAW_PARSE_DEFAULT);
	RawStmt *statement;

	if (list_length(statements) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 statements == NIL ? errmsg("the query of a rollup is empty") : errmsg("the query of a rollup must be one statement"),
				 errhint("Write one SELECT.")));
	statement = linitial_node(RawStmt, statements);
	if (!IsA(statement->stmt, SelectStmt))
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("the query of a rollup must be a SELECT")));
	return statement;
}

/*
 * Refuse a query that could not be kept exact.  That may call functions that it names, which
 * then run as the owner of the table, if the caller may act as the owner.
 */
static void
check_query(Query *query, const char *text)
{
	const RangeTblEntry *table = query->rtable == NIL ? NULL : linitial_node(RangeTblEntry, query->rtable);
	Oid owner = table == NULL || table->rtekind != RTE_RELATION ? InvalidOid : ces_rollup_owner_of(table->relid);
	Oid user;
	int security_context;

	GetUserIdAndSecContext(&user, &security_context);
	if (OidIsValid(owner) && has_privs_of_role(user, owner))
		SetUserIdAndSecContext(owner, security_context | SECURITY_RESTRICTED_OPERATION);
	(void) read_query(query, text, AccessShareLock);
	SetUserIdAndSecContext(user, security_context);
}

/*
 * Parse the query of a new rollup, and refuse what could not be kept exact.  Raw is set
 * to what a view can be made of.
 */
Query *
ces_rollup_parse_query(const char *text, RawStmt **raw)
{
	ErrorContextCallback callback = {.callback = ces_rollup_transpose_position, .arg = unconstify(char *, text)};
	RawStmt *statement;
	Query *query;

	callback.previous = error_context_stack;
	error_context_stack = &callback;
	statement = parse_select(text);
	*raw = copyObject(statement);
	query = parse_analyze_fixedparams(statement, text, NULL, 0, NULL);
	check_query(query, text);
	error_context_stack = callback.previous;
	return query;
}

/* Say where the query is that can't be read. */
static void
name_definition(void *relation)
{
	errcontext("definition of a rollup in view \"%s\"", RelationGetRelationName((Relation) relation));
}

/* Read the query of a rollup, in this view, with this lock on its source. */
static CesRollupDefinition *
read_definition(Oid definition, LOCKMODE lock)
{
	Relation view = relation_open(definition, AccessShareLock);
	ErrorContextCallback callback = {.callback = name_definition, .arg = view};
	CesRollupDefinition *result;
	CesRollupCaller caller;

	if (view->rd_rel->relkind != RELKIND_VIEW)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a view", RelationGetRelationName(view))));
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	/* Planning an expression may call functions; between transactions there is no snapshot for them. */
	ces_rollup_become_owner(&caller, view->rd_rel->relowner);
	PushActiveSnapshot(GetTransactionSnapshot());
	result = read_query(get_view_query(view), NULL, lock);
	PopActiveSnapshot();
	ces_rollup_become_caller(&caller);
	error_context_stack = callback.previous;

	/* The columns may have been renamed, which the query doesn't know. */
	for (int i = 0; i < result->ncolumns; i++)
		result->columns[i].name = pstrdup(NameStr(TupleDescAttr(RelationGetDescr(view), i)->attname));
	relation_close(view, AccessShareLock);
	return result;
}

/* What the view counts that holds the query of a rollup.  Its source stays locked. */
CesRollupDefinition *
ces_rollup_read_definition(Oid definition)
{
	return read_definition(definition, AccessShareLock);
}

/* Has a column of a table this type? */
static bool
has_type(TupleDesc attributes, AttrNumber attribute, Oid type)
{
	return attribute <= attributes->natts && !TupleDescAttr(attributes, attribute - 1)->attisdropped &&
		   TupleDescAttr(attributes, attribute - 1)->atttypid == type;
}

/* Does a table begin with the columns of a definition?  Its owner may have added others. */
static bool
has_columns_of(Oid table, const CesRollupDefinition *definition)
{
	Relation relation = relation_open(table, AccessShareLock);
	TupleDesc attributes = RelationGetDescr(relation);
	bool fits = has_type(attributes, definition->rows, INT8OID) &&
				(!definition->partitioned || has_type(attributes, definition->part, REGCLASSOID));

	for (int i = 0; fits && i < definition->ncolumns; i++)
	{
		const CesRollupColumn *column = &definition->columns[i];

		fits = has_type(attributes, (AttrNumber) (i + 1), column->type) &&
			   (column->kind != CES_ROLLUP_TALLY || has_type(attributes, column->removed, column->type));
	}
	relation_close(relation, AccessShareLock);
	return fits;
}

/*
 * The query of a rollup must be that for which its tables were made, as far as can be seen:
 * somebody may have replaced the view that holds it.
 */
static CesRollupDefinition *
read_definition_of(const CesRollup *rollup, LOCKMODE lock)
{
	CesRollupDefinition *definition = read_definition(rollup->definition, lock);

	if (definition->partitioned != OidIsValid(rollup->partition) ||
		!has_columns_of(rollup->delta, definition))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("view \"%s\" is not the query of rollup \"%s\"", get_rel_name(rollup->definition),
						get_rel_name(rollup->view)),
				 errdetail("Its columns are not those of the rollup's tables."),
				 errhint("Restore it with CREATE OR REPLACE VIEW, or create the rollup again.")));
	return definition;
}

/* What a rollup counts.  Its source stays locked. */
CesRollupDefinition *
ces_rollup_definition_of(const CesRollup *rollup)
{
	return read_definition_of(rollup, AccessShareLock);
}

/*
 * The same for a trigger on the source or on a partition of it, which is locked.  Who locks the
 * source after its partition can deadlock with those who lock the source first, such as TRUNCATE.
 */
CesRollupDefinition *
ces_rollup_definition_of_locked(const CesRollup *rollup)
{
	return read_definition_of(rollup, NoLock);
}
