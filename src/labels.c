/*-------------------------------------------------------------------------
 *
 * labels.c
 *	  Answers in words: the score that a label stands for.
 *
 * The labels are rows of the table ces_label, which is in the extension's schema
 * and to which users add their own.  A query reads a set of labels when it first
 * needs it, and keeps it until it ends.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "compat.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#define LABEL_TABLE "ces_label"

/* Limits of the spellings that are remembered for a set */
#define MAX_SPELLINGS 1000
#define MAX_SPELLING_LENGTH 200

/* A piece of text, not terminated by a zero */
typedef struct Words
{
	const char *data;
	size_t length;
} Words;

/* A label and its score */
typedef struct Label
{
	Words words;
	int32 score;
	int32 other_score; /* differs from score if rows of the table disagree */
	bool builtin;
	uint32 hash;
	char status;
} Label;

static inline Words
words_of_text(const text *t)
{
	return (Words){VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t)};
}

static inline bool
same_words(Words a, Words b)
{
	return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

/* A hash table of labels by their words */
#define SH_PREFIX labels
#define SH_ELEMENT_TYPE Label
#define SH_KEY_TYPE Words
#define SH_KEY words
#define SH_HASH_KEY(table, key) \
	hash_bytes((const unsigned char *) (key).data, (int) (key).length)
#define SH_EQUAL(table, a, b) same_words(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, label) (label)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* The labels of one set */
typedef struct LabelSet
{
	struct LabelSet *next;
	Words name;
	labels_hash *labels; /* normalized */
	labels_hash *spellings; /* as queries wrote them, so far */
} LabelSet;

/*
 * What decides which rows are visible.  Whatever another transaction commits, or
 * this one writes, changes one of these.
 */
typedef struct Moment
{
	TransactionId xmax;
	uint32 xcnt;
	CommandId curcid;
	SubTransactionId subtransaction;
} Moment;

/* The sets that have been read so far */
typedef struct LabelCache
{
	MemoryContext context;
	Moment moment;
	LabelSet *sets;
} LabelCache;

static inline Moment
current_moment(void)
{
	Snapshot snapshot = GetActiveSnapshot();

	return (Moment){snapshot->xmax, snapshot->xcnt, snapshot->curcid,
					GetCurrentSubTransactionId()};
}

static inline bool
same_moment(Moment a, Moment b)
{
	return a.xmax == b.xmax && a.xcnt == b.xcnt && a.curcid == b.curcid &&
		   a.subtransaction == b.subtransaction;
}

/*
 * The cache of this call site.  It lasts for the query; an expression in PL/pgSQL
 * outlives its query, so the cache is emptied when the rows it read may have
 * changed.
 */
static inline LabelCache *
get_cache(FunctionCallInfo fcinfo)
{
	LabelCache *cache = (LabelCache *) fcinfo->flinfo->fn_extra;
	Moment now = current_moment();

	if (likely(cache != NULL && same_moment(cache->moment, now)))
		return cache;
	if (cache == NULL)
	{
		cache = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(LabelCache));
		cache->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt,
											   "ces labels", ALLOCSET_SMALL_SIZES);
		fcinfo->flinfo->fn_extra = cache;
	}
	cache->sets = NULL;
	MemoryContextReset(cache->context);
	cache->moment = now;
	return cache;
}

/* The number of bytes of the blank at this position; 0 if there is none. */
static inline int
blank_length(const char *position, const char *end)
{
	if (*position == ' ' || (*position >= '\t' && *position <= '\r'))
		return 1;
	/* the no-break space of spreadsheets and web pages */
	if (*position == '\xC2' && position + 1 < end && position[1] == '\xA0' &&
		GetDatabaseEncoding() == PG_UTF8)
		return 2;
	return 0;
}

static inline size_t
without_last(const char *data, size_t length, char last)
{
	return length > 0 && data[length - 1] == last ? length - 1 : length;
}

/*
 * The form of a label that is compared: in lower case, without blanks at its ends,
 * doubled blanks and one full stop at its end.  ASCII letters are lowered alike in
 * every locale; the database's decides on the others.
 */
static Words
normalize(Words given)
{
	const char *end = given.data + given.length;
	char *data = palloc(given.length + 1);
	size_t length = 0;
	bool is_ascii = true;

	for (const char *position = given.data; position < end;)
	{
		int blank = blank_length(position, end);

		if (blank > 0)
		{
			if (length > 0 && data[length - 1] != ' ')
				data[length++] = ' ';
			position += blank;
			continue;
		}
		is_ascii &= !IS_HIGHBIT_SET(*position);
		data[length++] = (char) pg_ascii_tolower((unsigned char) *position++);
	}
	length = without_last(data, length, ' ');
	length = without_last(data, length, '.');
	length = without_last(data, length, ' ');
	if (is_ascii)
		return (Words){data, length};
	data = str_tolower(data, length, DEFAULT_COLLATION_OID);
	return (Words){data, strlen(data)};
}

static Words
copy_words(MemoryContext context, Words words)
{
	char *data = MemoryContextAlloc(context, Max(words.length, 1));

	memcpy(data, words.data, words.length);
	return (Words){data, words.length};
}

/* The table's name for a query, independent of the search_path. */
static char *
qualified_table_name(FunctionCallInfo fcinfo)
{
	Oid namespace = get_func_namespace(fcinfo->flinfo->fn_oid);

	return quote_qualified_identifier(get_namespace_name(namespace), LABEL_TABLE);
}

/* The table's name for a message: as short as the user can type it. */
static char *
shown_table_name(FunctionCallInfo fcinfo)
{
	Oid namespace = get_func_namespace(fcinfo->flinfo->fn_oid);
	Oid table = get_relname_relid(LABEL_TABLE, namespace);

	if (OidIsValid(table) && RelationIsVisible(table))
		return LABEL_TABLE;
	return qualified_table_name(fcinfo);
}

pg_noreturn static void
report_unknown_set(FunctionCallInfo fcinfo, const text *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("label set \"%s\" does not exist", text_to_cstring(name)),
			 errhint("To see the sets, SELECT DISTINCT label_set FROM %s.",
					 shown_table_name(fcinfo))));
}

pg_noreturn static void
report_unknown_label(FunctionCallInfo fcinfo, const text *label, const text *name)
{
	const char *table = shown_table_name(fcinfo);
	char *set = text_to_cstring(name);
	char *words = text_to_cstring(label);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("label \"%s\" is not in label set \"%s\"", words, set),
			 errhint("To see its labels, SELECT label, score FROM %s WHERE label_set = %s. "
					 "To add this one, INSERT INTO %s (label_set, label, score) VALUES (%s, %s, SCORE).",
					 table, quote_literal_cstr(set),
					 table, quote_literal_cstr(set), quote_literal_cstr(words))));
}

pg_noreturn static void
report_two_scores(FunctionCallInfo fcinfo, const Label *label, const text *name)
{
	char *set = text_to_cstring(name);
	char *words = pnstrdup(label->words.data, label->words.length);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("label \"%s\" of label set \"%s\" stands for both %d and %d",
					words, set, label->score, label->other_score),
			 errhint("Delete one of its rows from %s; case, blanks and a full stop at the end "
					 "make no difference.",
					 shown_table_name(fcinfo))));
}

/*
 * Add a row of the table to its set.  The users' rows come first and override the
 * extension's.
 */
static void
add_label(LabelSet *set, MemoryContext context, const text *words, int32 score,
		  bool builtin)
{
	bool found;
	Label *label = labels_insert(set->labels,
								 copy_words(context, normalize(words_of_text(words))),
								 &found);

	if (!found)
	{
		label->score = label->other_score = score;
		label->builtin = builtin;
	}
	else if (label->builtin == builtin && label->score != score)
		label->other_score = score;
}

/* Add the rows that SPI has found to a set. */
static void
add_labels(LabelSet *set, MemoryContext context)
{
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple row = SPI_tuptable->vals[i];
		TupleDesc columns = SPI_tuptable->tupdesc;
		bool isnull; /* they are NOT NULL */
		text *words = DatumGetTextPP(SPI_getbinval(row, columns, 1, &isnull));
		int32 score = DatumGetInt32(SPI_getbinval(row, columns, 2, &isnull));
		bool builtin = DatumGetBool(SPI_getbinval(row, columns, 3, &isnull));

		add_label(set, context, words, score, builtin);
	}
}

/* Read a set from the table, with the rights of the caller and the query's snapshot. */
static LabelSet *
read_label_set(FunctionCallInfo fcinfo, LabelCache *cache, text *name)
{
	char *query = psprintf("SELECT label, score, builtin FROM %s "
						   "WHERE label_set OPERATOR(pg_catalog.=) $1 ORDER BY builtin",
						   qualified_table_name(fcinfo));
	Oid types[1] = {TEXTOID};
	Datum values[1] = {PointerGetDatum(name)};
	LabelSet *set = MemoryContextAllocZero(cache->context, sizeof(LabelSet));
	int result;

	set->name = copy_words(cache->context, words_of_text(name));
	set->labels = labels_create(cache->context, 64, NULL);
	set->spellings = labels_create(cache->context, 64, NULL);

	SPI_connect();
	result = SPI_execute_with_args(query, 1, types, values, NULL, true, 0);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "could not read %s: %s", LABEL_TABLE,
			 SPI_result_code_string(result));
	add_labels(set, cache->context);
	SPI_finish();

	if (set->labels->members == 0)
		report_unknown_set(fcinfo, name);
	set->next = cache->sets;
	cache->sets = set;
	return set;
}

/* The set of this name, which is read unless the cache has it. */
static inline LabelSet *
get_label_set(FunctionCallInfo fcinfo, LabelCache *cache, text *name)
{
	Words words = words_of_text(name);

	for (LabelSet *set = cache->sets; set != NULL; set = set->next)
	{
		if (likely(same_words(set->name, words)))
			return set;
	}
	return read_label_set(fcinfo, cache, name);
}

/* Remember a spelling, so that it need not be normalized again. */
static void
remember_spelling(LabelCache *cache, LabelSet *set, Words given, int32 score)
{
	bool found;
	Label *label;

	if (set->spellings->members >= MAX_SPELLINGS ||
		given.length > MAX_SPELLING_LENGTH)
		return;
	label = labels_insert(set->spellings, copy_words(cache->context, given), &found);
	label->score = score;
}

/* ces_score(label, label_set): the score; NULL for a label without words. */
PG_FUNCTION_INFO_V1(ces_score);
Datum
ces_score(PG_FUNCTION_ARGS)
{
	text *given = PG_GETARG_TEXT_PP(0);
	text *name = PG_GETARG_TEXT_PP(1);
	LabelCache *cache = get_cache(fcinfo);
	LabelSet *set = get_label_set(fcinfo, cache, name);
	Label *label = labels_lookup(set->spellings, words_of_text(given));
	Words words;

	if (likely(label != NULL))
		PG_RETURN_INT32(label->score);

	words = normalize(words_of_text(given));
	if (words.length == 0)
		PG_RETURN_NULL();
	label = labels_lookup(set->labels, words);
	if (label == NULL)
		report_unknown_label(fcinfo, given, name);
	if (label->score != label->other_score)
		report_two_scores(fcinfo, label, name);
	remember_spelling(cache, set, words_of_text(given), label->score);
	PG_RETURN_INT32(label->score);
}
