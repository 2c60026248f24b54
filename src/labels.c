/*-------------------------------------------------------------------------
 *
 * labels.c
 *	  Answers in words: the score that a label stands for.
 *
 * Labels come with the extension, in label_data.c.  Users add theirs to the table
 * ces_label, and the scales of their sets to ces_label_set; both tables are in the
 * extension's schema.  A set of labels is read when it is first needed, and kept
 * until the transaction ends or the tables may have changed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "calls.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "common/string.h"
#include "common/unicode_norm.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "labels.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#define LABEL_TABLE "ces_label"
#define SET_TABLE "ces_label_set"
#define LABEL_VIEW "ces_all_labels"

/* Limits of the spellings that are remembered */
#define MAX_SPELLINGS 1000
#define MAX_SPELLING_LENGTH 200

/* How many characters of an answer a message repeats: it may hold personal data. */
#define SHOWN_CHARACTERS 60

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
	int32 other_score; /* differs from score if two rows disagree */
	bool is_shipped;
	char status;
	uint32 hash;
	const char *source; /* of the score, if the label is shipped */
	const char *other_source;
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

static inline uint32
hash_words(Words words)
{
	return hash_bytes((const unsigned char *) words.data, (int) words.length);
}

/* A hash table of labels by their words */
#define SH_PREFIX labels
#define SH_ELEMENT_TYPE Label
#define SH_KEY_TYPE Words
#define SH_KEY words
#define SH_HASH_KEY(table, key) hash_words(key)
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
	MemoryContext context;
	Words name;
	bool has_scale;
	CesScale scale;
	labels_hash *labels; /* normalized */
	labels_hash *spellings; /* as queries wrote them, so far */
} LabelSet;

/* A place for a set in the hash table of sets */
typedef struct SetEntry
{
	Words name;
	LabelSet *set;
	uint32 hash;
	char status;
} SetEntry;

/* A hash table of sets by their names */
#define SH_PREFIX sets
#define SH_ELEMENT_TYPE SetEntry
#define SH_KEY_TYPE Words
#define SH_KEY name
#define SH_HASH_KEY(table, key) hash_words(key)
#define SH_EQUAL(table, a, b) same_words(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/*
 * What decides which rows are visible, and to whom.  Whatever another transaction
 * commits, or this one writes, changes one of these.  On a standby, subxcnt counts
 * the transactions in progress.
 */
typedef struct Moment
{
	TransactionId xmax;
	uint32 xcnt;
	int32 subxcnt;
	CommandId curcid;
	SubTransactionId subtransaction;
	Oid user;
} Moment;

/*
 * The sets that have been read so far, at one moment.  All calls share them: an
 * aggregate that runs within one of Citus has no memory of its own from row to row.
 */
static struct
{
	MemoryContext context; /* NULL if there are none */
	Moment moment;
	sets_hash *sets;
	LabelSet *last_set; /* the one that was used last */
	int spellings;
	bool by_policy; /* row-level security decides what the caller sees */
} cache;

/*
 * The moment of the query.  There may be no active snapshot: PL/pgSQL assigns to a
 * variable without one after COMMIT.
 */
static inline Moment
current_moment(void)
{
	Snapshot snapshot = likely(ActiveSnapshotSet()) ? GetActiveSnapshot() : GetTransactionSnapshot();

	return (Moment){snapshot->xmax, snapshot->xcnt, snapshot->subxcnt, snapshot->curcid,
					GetCurrentSubTransactionId(), GetUserId()};
}

static inline bool
same_moment(Moment a, Moment b)
{
	return a.xmax == b.xmax && a.xcnt == b.xcnt && a.subxcnt == b.subxcnt &&
		   a.curcid == b.curcid && a.subtransaction == b.subtransaction && a.user == b.user;
}

/* The context of the cache is about to go, with the transaction or before. */
static void
forget_sets(pg_attribute_unused() void *arg)
{
	cache.context = NULL;
	cache.sets = NULL;
	cache.last_set = NULL;
}

/* Begin with an empty cache. */
static void
start_cache(Moment moment)
{
	MemoryContext context;
	MemoryContextCallback *callback;

	if (cache.context != NULL)
		MemoryContextDelete(cache.context);
	context = AllocSetContextCreate(TopTransactionContext, "ces labels", ALLOCSET_SMALL_SIZES);
	callback = MemoryContextAllocZero(context, sizeof(MemoryContextCallback));
	callback->func = forget_sets;
	cache.sets = sets_create(context, 8, NULL);
	cache.moment = moment;
	cache.spellings = 0;
	cache.by_policy = false;
	cache.context = context;
	MemoryContextRegisterResetCallback(context, callback);
}

/*
 * Empty the cache if the rows that it read may have changed since.  A policy may depend
 * on anything, such as a setting that changes between two calls of one function: then
 * every call reads.
 */
static inline void
refresh_cache(void)
{
	Moment now = current_moment();

	if (unlikely(cache.context == NULL || !same_moment(cache.moment, now) || cache.by_policy))
		start_cache(now);
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
 * Compose letters and their accents, as a keyboard would: a Mac decomposes them in
 * the names of files.  Unicode calls this form NFC.
 */
static Words
compose(Words given)
{
	pg_wchar *wide;
	char *composed;
	int length;

	if (GetDatabaseEncoding() != PG_UTF8)
		return given;
	wide = palloc((given.length + 1) * sizeof(pg_wchar));
	pg_mb2wchar_with_len(given.data, wide, (int) given.length);
	if (unicode_is_normalized_quickcheck(UNICODE_NFC, wide) == UNICODE_NORM_QC_YES)
		return given;
	wide = unicode_normalize(UNICODE_NFC, wide);
	length = (int) pg_wchar_strlen(wide);
	composed = palloc(length * MAX_MULTIBYTE_CHAR_LEN + 1);
	return (Words){composed, pg_wchar2mb_with_len(wide, composed, length)};
}

static bool
is_ascii(Words words)
{
	for (size_t i = 0; i < words.length; i++)
	{
		if (IS_HIGHBIT_SET(words.data[i]))
			return false;
	}
	return true;
}

/*
 * The form of a label that is compared: composed, in lower case, without blanks at
 * its ends, doubled blanks and one full stop at its end.  ASCII letters are lowered
 * alike in every locale; the database's decides on the others.
 */
static Words
normalize(Words given)
{
	bool plain = is_ascii(given);
	Words composed = plain ? given : compose(given);
	const char *end = composed.data + composed.length;
	char *data = palloc(composed.length + 1);
	size_t length = 0;

	for (const char *position = composed.data; position < end;)
	{
		int blank = blank_length(position, end);

		if (blank > 0)
		{
			if (length > 0 && data[length - 1] != ' ')
				data[length++] = ' ';
			position += blank;
			continue;
		}
		data[length++] = (char) pg_ascii_tolower((unsigned char) *position++);
	}
	length = without_last(data, length, ' ');
	length = without_last(data, length, '.');
	length = without_last(data, length, ' ');
	if (plain)
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

/* The name of a relation of the extension for a query, independent of the search_path. */
static char *
qualified_name(FunctionCallInfo fcinfo, const char *relation)
{
	Oid namespace = get_func_namespace(fcinfo->flinfo->fn_oid);

	return quote_qualified_identifier(get_namespace_name(namespace), relation);
}

/* The name of a relation of the extension for a message: as short as the user can type it. */
static const char *
shown_name(FunctionCallInfo fcinfo, const char *relation)
{
	Oid oid = get_relname_relid(relation, get_func_namespace(fcinfo->flinfo->fn_oid));

	if (OidIsValid(oid) && RelationIsVisible(oid))
		return relation;
	return qualified_name(fcinfo, relation);
}

/* Does a message repeat the whole text? */
static bool
is_short(Words words)
{
	return (size_t) pg_mbcharcliplen(words.data, (int) words.length, SHOWN_CHARACTERS) == words.length;
}

/* A user's text for a message. */
static char *
shown_words(Words words)
{
	int length = pg_mbcharcliplen(words.data, (int) words.length, SHOWN_CHARACTERS);

	return psprintf("%s%s", pnstrdup(words.data, length), is_short(words) ? "" : "...");
}

/*
 * A label for a hint, as a literal to paste.  One that is too long to be shown gets a
 * placeholder.
 */
static char *
shown_literal(Words words)
{
	return is_short(words) ? quote_literal_cstr(pnstrdup(words.data, words.length)) : pstrdup("LABEL");
}

static char *
shown_set_literal(const LabelSet *set)
{
	return quote_literal_cstr(pnstrdup(set->name.data, set->name.length));
}

/*
 * There is no set of this name.  Where an aggregate was given words, the caller may
 * have meant scores that are stored as text.
 */
pg_noreturn static void
report_unknown_set(FunctionCallInfo fcinfo, const text *name, bool in_aggregate)
{
	bool is_scale = in_aggregate && ces_scale_looks_like(text_to_cstring(name));
	char *shown = shown_words(words_of_text(name));

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("label set \"%s\" does not exist", shown),
			 is_scale ? errdetail("It is a scale, which goes with answers that are numbers; these are text.") : 0,
			 is_scale ? errhint("If the text holds numbers, cast it, as in CAST(%s AS integer). If it holds words, "
								"name their set; to see the sets, SELECT DISTINCT label_set FROM %s.",
								ces_argument_text(fcinfo, ces_called_aggregate(fcinfo, 2), 0, "YOUR_ANSWER"),
								shown_name(fcinfo, LABEL_VIEW)) :
						errhint("To see the sets, SELECT DISTINCT label_set FROM %s.",
								shown_name(fcinfo, LABEL_VIEW))));
}

pg_noreturn static void
report_unknown_label(FunctionCallInfo fcinfo, Words given, const LabelSet *set)
{
	char *name = shown_set_literal(set);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("label \"%s\" is not in label set \"%s\"",
					shown_words(given), shown_words(set->name)),
			 errhint("To see its labels, SELECT label, score FROM %s WHERE label_set = %s. "
					 "To add this one, INSERT INTO %s (label_set, label, score) VALUES (%s, %s, SCORE).",
					 shown_name(fcinfo, LABEL_VIEW), name,
					 shown_name(fcinfo, LABEL_TABLE), name, shown_literal(given))));
}

/* A label has two scores: in published lists of answers, or in the user's rows. */
pg_noreturn static void
report_two_scores(FunctionCallInfo fcinfo, const Label *label, const LabelSet *set)
{
	const char *table = shown_name(fcinfo, LABEL_TABLE);
	int score = label->score;
	int other_score = label->other_score;

	if (label->is_shipped)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("label \"%s\" of label set \"%s\" stands for %d in some questionnaires and for %d in others",
						shown_words(label->words), shown_words(set->name), score, other_score),
				 errdetail("For %d: %s. For %d: %s.", score, label->source, other_score, label->other_source),
				 errhint("To choose, INSERT INTO %s (label_set, label, score) VALUES (%s, %s, SCORE), where SCORE is %d or %d.",
						 table, shown_set_literal(set), shown_literal(label->words), score, other_score)));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("label \"%s\" of label set \"%s\" stands for both %d and %d",
					shown_words(label->words), shown_words(set->name), score, other_score),
			 errhint("Delete one of its rows from %s; case, blanks and a full stop at the end "
					 "make no difference.",
					 table)));
}

/* An aggregate needs the scale of a set that has none. */
pg_noreturn static void
report_no_scale(FunctionCallInfo fcinfo, const LabelSet *set)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("label set \"%s\" has no scale", shown_words(set->name)),
			 errhint("To give it one, INSERT INTO %s (label_set, scale) VALUES (%s, 'WORST..BEST'), "
					 "with the scores of the worst and the best answer, as in '1..5'.",
					 shown_name(fcinfo, SET_TABLE), shown_set_literal(set))));
}

/* The score of a label is not on the scale of its set. */
pg_noreturn static void
report_score_off_scale(FunctionCallInfo fcinfo, const Label *label, const LabelSet *set)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("score %d of label \"%s\" is not on the scale %s of label set \"%s\"",
					label->score, shown_words(label->words), ces_scale_range_text(set->scale),
					shown_words(set->name)),
			 errhint("Correct the score in %s, or the scale in %s.",
					 shown_name(fcinfo, LABEL_TABLE), shown_name(fcinfo, SET_TABLE))));
}

/*
 * Add a label, in its normal form, to its set.  The users' labels come first and
 * override the extension's.
 */
static void
add_label(LabelSet *set, Words words, int32 score, bool is_shipped, const char *source)
{
	bool found;
	Label *label = labels_insert(set->labels, words, &found);

	if (!found)
	{
		label->score = label->other_score = score;
		label->is_shipped = is_shipped;
		label->source = label->other_source = source;
	}
	else if (label->is_shipped == is_shipped && label->score != score)
	{
		label->other_score = score;
		label->other_source = source;
	}
}

/*
 * Take one row that SPI has found: a label and its score, or else the scale of the
 * set.
 */
static void
add_row(LabelSet *set, HeapTuple row, TupleDesc columns)
{
	bool is_scale;
	bool isnull;
	Datum words = SPI_getbinval(row, columns, 1, &is_scale);

	if (is_scale)
	{
		set->scale = DatumGetCesScale(SPI_getbinval(row, columns, 3, &isnull));
		set->has_scale = true;
		return;
	}
	add_label(set, copy_words(set->context, normalize(words_of_text(DatumGetTextPP(words)))),
			  DatumGetInt32(SPI_getbinval(row, columns, 2, &isnull)), false, NULL);
}

/*
 * The plan that reads a set from the tables.  It lasts as long as the session.  If the
 * extension moves to another schema, the old plan is left behind rather than freed: a
 * policy of the tables may have moved it, while the plan runs.
 */
static SPIPlanPtr
get_plan(FunctionCallInfo fcinfo)
{
	static SPIPlanPtr plan = NULL;
	static char *query_of_plan = NULL;
	Oid types[1] = {TEXTOID};
	SPIPlanPtr prepared;
	char *query = psprintf("SELECT label, score, NULL FROM %s WHERE label_set OPERATOR(pg_catalog.=) $1 "
						   "UNION ALL SELECT NULL, NULL, scale FROM %s WHERE label_set OPERATOR(pg_catalog.=) $1",
						   qualified_name(fcinfo, LABEL_TABLE), qualified_name(fcinfo, SET_TABLE));

	if (plan != NULL && strcmp(query, query_of_plan) == 0)
		return plan;
	prepared = SPI_prepare(query, 1, types);
	if (prepared == NULL)
		elog(ERROR, "could not read %s: %s", LABEL_TABLE, SPI_result_code_string(SPI_result));
	query = MemoryContextStrdup(TopMemoryContext, query);
	SPI_keepplan(prepared);
	plan = prepared;
	query_of_plan = query;
	return plan;
}

/* Read the users' rows of a set, with the rights of the caller and the query's snapshot. */
static void
read_rows(FunctionCallInfo fcinfo, LabelSet *set, text *name)
{
	Datum values[1] = {PointerGetDatum(name)};
	bool without_snapshot = !ActiveSnapshotSet();
	int result;

	if (without_snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	SPI_connect();
	result = SPI_execute_plan(get_plan(fcinfo), values, NULL, true, 0);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "could not read %s: %s", LABEL_TABLE, SPI_result_code_string(result));
	for (uint64 i = 0; i < SPI_processed; i++)
		add_row(set, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
	SPI_finish();
	if (without_snapshot)
		PopActiveSnapshot();
}

/* Does row-level security decide what the caller sees of a table of the extension? */
static bool
has_policy(FunctionCallInfo fcinfo, const char *table)
{
	Oid oid = get_relname_relid(table, get_func_namespace(fcinfo->flinfo->fn_oid));

	return check_enable_rls(oid, InvalidOid, true) != RLS_NONE;
}

/* The set of this name that comes with the extension, or NULL. */
static const CesShippedSet *
find_shipped_set(Words name)
{
	for (int i = 0; i < ces_shipped_set_count; i++)
	{
		const CesShippedSet *shipped = &ces_shipped_sets[i];

		if (same_words(name, (Words){shipped->name, strlen(shipped->name)}))
			return shipped;
	}
	return NULL;
}

/*
 * Words of the extension, which are in UTF-8, in the encoding of the database; NULL
 * if that lacks a character.
 */
static const char *
in_database_encoding(const char *words)
{
	int encoding = GetDatabaseEncoding();
	int length = (int) strlen(words);
	int size = length * MAX_CONVERSION_GROWTH + 1;
	Oid conversion;
	char *converted;

	if (encoding == PG_UTF8 || pg_is_ascii(words))
		return words;
	conversion = FindDefaultConversionProc(PG_UTF8, encoding);
	if (!OidIsValid(conversion))
		return NULL;
	converted = palloc(size);
	if (pg_do_encoding_conversion_buf(conversion, PG_UTF8, encoding, (unsigned char *) unconstify(char *, words),
									  length, (unsigned char *) converted, size, true) != length)
		return NULL;
	return converted;
}

/* Add the labels that come with the extension. */
static void
add_shipped_labels(LabelSet *set, const CesShippedSet *shipped)
{
	for (int i = 0; i < shipped->label_count; i++)
	{
		const CesShippedLabel *label = &shipped->labels[i];
		const char *words = in_database_encoding(label->label);

		if (words != NULL)
			add_label(set, copy_words(set->context, (Words){words, strlen(words)}), label->score, true, label->source);
	}
	if (!set->has_scale)
		set->scale = shipped->scale;
	set->has_scale = true;
}

/* Read a set, into a context of its own. */
static LabelSet *
read_label_set(FunctionCallInfo fcinfo, text *name, bool in_aggregate)
{
	MemoryContext context = AllocSetContextCreate(CurTransactionContext, "ces label set", ALLOCSET_SMALL_SIZES);
	LabelSet *set = MemoryContextAllocZero(context, sizeof(LabelSet));
	const CesShippedSet *shipped = find_shipped_set(words_of_text(name));

	set->context = context;
	set->name = copy_words(context, words_of_text(name));
	set->labels = labels_create(context, shipped ? shipped->label_count : 8, NULL);
	set->spellings = labels_create(context, 8, NULL);
	read_rows(fcinfo, set, name);
	if (shipped != NULL)
		add_shipped_labels(set, shipped);
	if (set->labels->members == 0 && !set->has_scale)
		report_unknown_set(fcinfo, name, in_aggregate);
	return set;
}

/*
 * Read a set and put it into the cache.  Reading can run code of users, in a policy of
 * the tables, and that may have used the cache for another moment.
 */
static LabelSet *
cache_label_set(FunctionCallInfo fcinfo, text *name, bool in_aggregate)
{
	Moment moment = cache.moment;
	LabelSet *set = read_label_set(fcinfo, name, in_aggregate);
	bool found;

	if (cache.context == NULL || !same_moment(cache.moment, moment))
		start_cache(moment);
	sets_insert(cache.sets, set->name, &found)->set = set;
	MemoryContextSetParent(set->context, cache.context);
	cache.by_policy |= has_policy(fcinfo, LABEL_TABLE) || has_policy(fcinfo, SET_TABLE);
	return set;
}

/* The set of this name, which is read unless the cache has it. */
static inline LabelSet *
get_label_set(FunctionCallInfo fcinfo, text *name, bool in_aggregate)
{
	Words words = words_of_text(name);
	SetEntry *entry;

	refresh_cache();
	if (likely(cache.last_set != NULL && same_words(cache.last_set->name, words)))
		return cache.last_set;
	entry = sets_lookup(cache.sets, words);
	cache.last_set = entry ? entry->set : cache_label_set(fcinfo, name, in_aggregate);
	return cache.last_set;
}

/* Remember a spelling, so that it need not be normalized again. */
static void
remember_spelling(LabelSet *set, Words given, const Label *label)
{
	bool found;
	Label *spelling;

	if (cache.spellings >= MAX_SPELLINGS || given.length > MAX_SPELLING_LENGTH)
		return;
	spelling = labels_insert(set->spellings, copy_words(set->context, given), &found);
	spelling->score = spelling->other_score = label->score;
	cache.spellings++;
}

/* What an answer turns out to be */
typedef enum Finding
{
	ANSWER_FOUND,
	ANSWER_BLANK,
	ANSWER_UNKNOWN,
	ANSWER_DISPUTED
} Finding;

/*
 * Look up an answer in a set.  The label is the one that was found: also if two
 * scores dispute it.
 */
static inline Finding
find_label(LabelSet *set, Words given, Label **label)
{
	Words words;

	*label = labels_lookup(set->spellings, given);
	if (likely(*label != NULL))
		return ANSWER_FOUND;
	words = normalize(given);
	if (words.length == 0)
		return ANSWER_BLANK;
	*label = labels_lookup(set->labels, words);
	if (*label == NULL)
		return ANSWER_UNKNOWN;
	if ((*label)->score != (*label)->other_score)
		return ANSWER_DISPUTED;
	remember_spelling(set, given, *label);
	return ANSWER_FOUND;
}

/* Raise the error for an answer that has no score. */
pg_noreturn static void
report_no_score(FunctionCallInfo fcinfo, Finding finding, Words given, const Label *label,
				const LabelSet *set)
{
	if (finding == ANSWER_UNKNOWN)
		report_unknown_label(fcinfo, given, set);
	report_two_scores(fcinfo, label, set);
}

/* Does an answer have words? */
bool
ces_has_words(const text *answer)
{
	return normalize(words_of_text(answer)).length > 0;
}

/*
 * For aggregates: the score that an answer in words stands for, and the scale of its
 * set.  False if the answer has no words.
 */
bool
ces_find_answer(FunctionCallInfo fcinfo, const text *answer, text *set_name,
				CesScale *scale, int32 *score)
{
	LabelSet *set = get_label_set(fcinfo, set_name, true);
	Words given = words_of_text(answer);
	Label *label;
	Finding finding = find_label(set, given, &label);

	if (finding == ANSWER_BLANK)
		return false;
	if (unlikely(!set->has_scale))
		report_no_scale(fcinfo, set);
	if (unlikely(finding != ANSWER_FOUND))
		report_no_score(fcinfo, finding, given, label, set);
	if (unlikely(!ces_scale_has(set->scale, label->score)))
		report_score_off_scale(fcinfo, label, set);
	*scale = set->scale;
	*score = label->score;
	return true;
}

/*
 * ces_score(label, label_set, strict): the score; NULL for a label without words, and
 * unless strict for one that has no score.
 */
PG_FUNCTION_INFO_V1(ces_score);
Datum
ces_score(PG_FUNCTION_ARGS)
{
	Words given = words_of_text(PG_GETARG_TEXT_PP(0));
	LabelSet *set = get_label_set(fcinfo, PG_GETARG_TEXT_PP(1), false);
	bool strict = PG_GETARG_BOOL(2);
	Label *label;
	Finding finding = find_label(set, given, &label);

	if (likely(finding == ANSWER_FOUND))
		PG_RETURN_INT32(label->score);
	if (finding != ANSWER_BLANK && strict)
		report_no_score(fcinfo, finding, given, label, set);
	PG_RETURN_NULL();
}

/* The labels that come with the extension, as far as the database can store them. */
PG_FUNCTION_INFO_V1(ces_shipped_labels);
Datum
ces_shipped_labels(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < ces_shipped_set_count; i++)
	{
		const CesShippedSet *set = &ces_shipped_sets[i];

		for (int j = 0; j < set->label_count; j++)
		{
			const CesShippedLabel *label = &set->labels[j];
			const char *words = in_database_encoding(label->label);
			Datum values[6];
			bool nulls[6] = {false};

			if (words == NULL)
				continue;
			values[0] = CStringGetTextDatum(set->name);
			values[1] = CesScaleGetDatum(set->scale);
			values[2] = CStringGetTextDatum(label->language);
			values[3] = CStringGetTextDatum(words);
			values[4] = Int32GetDatum(label->score);
			values[5] = CStringGetTextDatum(label->source);
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		}
	}
	return (Datum) 0;
}

/* The scale of a set that comes with the extension, or NULL. */
PG_FUNCTION_INFO_V1(ces_shipped_scale);
Datum
ces_shipped_scale(PG_FUNCTION_ARGS)
{
	const CesShippedSet *set = find_shipped_set(words_of_text(PG_GETARG_TEXT_PP(0)));

	if (set == NULL)
		PG_RETURN_NULL();
	PG_RETURN_CES_SCALE(set->scale);
}
