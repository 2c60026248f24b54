/*-------------------------------------------------------------------------
 *
 * backend.c
 *	  A stand-in for the parts of the server that the extension calls.
 *
 * String buffers, hashing and printf come from PostgreSQL's own libpgcommon and
 * libpgport.  This file has memory, errors, messages, and what else the functions
 * that read a tally call; numerics and rows are dummies.  Each allocation is a
 * malloc of exactly that size, so that AddressSanitizer sees the first byte beyond
 * it.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include <setjmp.h>

#include "access/xact.h"
#include "catalog/namespace.h"
#include "common/int.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "labels.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "parser/scansup.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

#if PG_VERSION_NUM >= 170000
#define CONST_SINCE_17 const
#else
#define CONST_SINCE_17
#endif

/*
 * Memory, all of which is freed after each input.
 */
static void *allocations[100000];
static int allocation_count;

void *
palloc(Size size)
{
	/* More than MaxAllocSize fails in the server, too. */
	CHECK(size <= 0x3fffffff && allocation_count < (int) lengthof(allocations));
	return allocations[allocation_count++] = malloc(size);
}

void *
palloc_extended(Size size, int flags)
{
	CHECK(flags == MCXT_ALLOC_HUGE);
	return palloc(size);
}

void *
palloc0(Size size)
{
	return memset(palloc(size), 0, size);
}

void *
repalloc(void *pointer, Size size)
{
	for (int i = 0; i < allocation_count; i++)
	{
		if (allocations[i] == pointer)
			return allocations[i] = realloc(pointer, size);
	}
	CHECK(!"repalloc of what palloc has returned");
}

void
pfree(void *pointer)
{
	for (int i = 0; i < allocation_count; i++)
	{
		if (allocations[i] == pointer)
		{
			free(pointer);
			allocations[i] = NULL;
			return;
		}
	}
	CHECK(!"pfree of what palloc has returned");
}

void *
MemoryContextAlloc(MemoryContext context, Size size)
{
	(void) context;
	return palloc(size);
}

void *
MemoryContextAllocHuge(MemoryContext context, Size size)
{
	return MemoryContextAlloc(context, size);
}

#if PG_VERSION_NUM >= 160000
MemoryContext
GetMemoryChunkContext(void *pointer)
{
	(void) pointer;
	return NULL;
}
#endif

void *
MemoryContextAllocZero(MemoryContext context, Size size)
{
	(void) context;
	return palloc0(size);
}

char *
MemoryContextStrdup(MemoryContext context, const char *string)
{
	(void) context;
	return pnstrdup(string, strlen(string));
}

char *
pnstrdup(const char *string, Size length)
{
	char *copy;

	length = strnlen(string, length);
	copy = palloc(length + 1);
	memcpy(copy, string, length);
	copy[length] = '\0';
	return copy;
}

static void
free_allocations(void)
{
	while (allocation_count > 0)
		free(allocations[--allocation_count]);
}

/*
 * Errors end the call.
 */
static jmp_buf *error_handler;
static int error_code;

bool
errstart(int elevel, const char *domain)
{
	(void) domain;
	CHECK(elevel >= ERROR && error_handler != NULL);
	error_code = ERRCODE_INTERNAL_ERROR;
	return true;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return errstart(elevel, domain);
}

int
errcode(int sqlerrcode)
{
	return error_code = sqlerrcode;
}

/* Format the message, to see that its arguments can be read. */
#define MESSAGE_FUNCTION(name) \
	int \
	name(const char *fmt, ...) \
	{ \
		char message[1024]; \
		va_list arguments; \
\
		va_start(arguments, fmt); \
		vsnprintf(message, sizeof(message), fmt, arguments); \
		va_end(arguments); \
		return 0; \
	} \
	extern int name(const char *fmt, ...)

MESSAGE_FUNCTION(errmsg);
MESSAGE_FUNCTION(errmsg_internal);
MESSAGE_FUNCTION(errdetail);
MESSAGE_FUNCTION(errhint);

int
errmsg_plural(const char *fmt_singular, const char *fmt_plural, unsigned long n, ...)
{
	char message[1024];
	va_list arguments;

	va_start(arguments, n);
	vsnprintf(message, sizeof(message), n == 1 ? fmt_singular : fmt_plural, arguments);
	va_end(arguments);
	return 0;
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
	(void) filename;
	(void) lineno;
	(void) funcname;
	longjmp(*error_handler, 1);
}

#if PG_VERSION_NUM >= 160000
bool
errsave_start(Node *context, const char *domain)
{
	if (context == NULL)
		return errstart(ERROR, domain);
	CHECK(IsA(context, ErrorSaveContext));
	((ErrorSaveContext *) context)->error_occurred = true;
	error_code = ERRCODE_INTERNAL_ERROR;
	return true;
}

void
errsave_finish(Node *context, const char *filename, int lineno, const char *funcname)
{
	if (context == NULL)
		errfinish(filename, lineno, funcname);
}
#endif

#if PG_VERSION_NUM >= 160000
void
ExceptionalCondition(const char *condition, const char *file, int line)
{
	report_violation(condition, file, line);
}
#else
void
ExceptionalCondition(const char *condition, const char *type, const char *file, int line)
{
	(void) type;
	report_violation(condition, file, line);
}
#endif

/*
 * Messages of the binary protocol.
 */
static void
get_bytes(StringInfo message, void *bytes, int count)
{
	if (message->len - message->cursor < count)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("insufficient data left in message")));
	memcpy(bytes, message->data + message->cursor, count);
	message->cursor += count;
}

int
pq_getmsgbyte(StringInfo message)
{
	uint8 byte;

	get_bytes(message, &byte, sizeof(byte));
	return byte;
}

int64
pq_getmsgint64(StringInfo message)
{
	uint64 number;

	get_bytes(message, &number, sizeof(number));
	return (int64) pg_ntoh64(number);
}

unsigned int
pq_getmsgint(StringInfo message, int bytes)
{
	uint32 number;

	CHECK(bytes == sizeof(number));
	get_bytes(message, &number, sizeof(number));
	return pg_ntoh32(number);
}

/* Text is in the encoding of the server, and has no zero bytes, as the server sees to. */
char *
pq_getmsgtext(StringInfo message, int raw_bytes, int *bytes)
{
	char *text;

	if (raw_bytes < 0 || raw_bytes > message->len - message->cursor ||
		memchr(message->data + message->cursor, '\0', raw_bytes) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("insufficient data left in message")));
	text = palloc(raw_bytes + 1);
	get_bytes(message, text, raw_bytes);
	text[raw_bytes] = '\0';
	*bytes = raw_bytes;
	return text;
}

/* As in UTF8 */
int
pg_mbstrlen(const char *text)
{
	int length = 0;

	for (; *text != '\0'; text++)
		length += (*text & 0xc0) != 0x80;
	return length;
}

char *
pg_server_to_client(const char *text, int length)
{
	return pnstrdup(text, length);
}

void
pq_begintypsend(StringInfo message)
{
	initStringInfo(message);
	message->len = VARHDRSZ;
}

bytea *
pq_endtypsend(StringInfo message)
{
	bytea *result = (bytea *) message->data;

	SET_VARSIZE(result, message->len);
	return result;
}

/*
 * Values of variable length: here never compressed or out of line, and with a
 * long header once they are copied, as in the server.
 */
struct varlena *
pg_detoast_datum_packed(struct varlena *datum)
{
	return datum;
}

struct varlena *
pg_detoast_datum_copy(struct varlena *datum)
{
	Size size = VARSIZE_ANY_EXHDR(datum);
	struct varlena *copy = palloc(VARHDRSZ + size);

	SET_VARSIZE(copy, VARHDRSZ + size);
	memcpy(VARDATA(copy), VARDATA_ANY(datum), size);
	return copy;
}

struct varlena *
pg_detoast_datum(struct varlena *datum)
{
	return VARATT_IS_SHORT(datum) ? pg_detoast_datum_copy(datum) : datum;
}

text *
cstring_to_text_with_len(const char *string, int length)
{
	text *result = palloc(VARHDRSZ + length);

	SET_VARSIZE(result, VARHDRSZ + length);
	memcpy(VARDATA(result), string, length);
	return result;
}

text *
cstring_to_text(const char *string)
{
	return cstring_to_text_with_len(string, strlen(string));
}

/*
 * Arrays of bigint without nulls.
 */
int
ArrayGetNItems(int ndim, const int *dims)
{
	int items = ndim > 0;

	for (int i = 0; i < ndim; i++)
		items *= dims[i];
	return items;
}

bool
array_contains_nulls(ArrayType *array)
{
	return ARR_HASNULL(array);
}

ArrayType *
construct_array(Datum *elems, int nelems, Oid elmtype, int elmlen, bool elmbyval,
				char elmalign)
{
	Size size = ARR_OVERHEAD_NONULLS(1) + nelems * sizeof(int64);
	ArrayType *array = palloc0(size);

	CHECK(elmtype == INT8OID && elmlen == sizeof(int64) && elmbyval && elmalign == TYPALIGN_DOUBLE);
	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->elemtype = elmtype;
	*ARR_DIMS(array) = nelems;
	*ARR_LBOUND(array) = 1;
	for (int i = 0; i < nelems; i++)
		((int64 *) ARR_DATA_PTR(array))[i] = DatumGetInt64(elems[i]);
	return array;
}

void
deconstruct_array(ArrayType *array, Oid elmtype, int elmlen, bool elmbyval, char elmalign,
				  Datum **elemsp, bool **nullsp, int *nelemsp)
{
	(void) array;
	(void) elmtype;
	(void) elmlen;
	(void) elmbyval;
	(void) elmalign;
	(void) elemsp;
	(void) nullsp;
	(void) nelemsp;
	CHECK(!"deconstruct_array");
}

/*
 * The executor, which calls none of the functions here.
 */
int ParallelWorkerNumber = -1;
const char *debug_query_string;

struct Aggref *
AggGetAggref(FunctionCallInfo fcinfo)
{
	(void) fcinfo;
	return NULL;
}

int
AggCheckCallContext(FunctionCallInfo fcinfo, MemoryContext *aggcontext)
{
	(void) aggcontext;
	return fcinfo->context != NULL ? AGG_CONTEXT_AGGREGATE : 0;
}

ExprContext *
CreateExprContext(EState *estate)
{
	(void) estate;
	CHECK(!"CreateExprContext");
}

void
RegisterExprContextCallback(ExprContext *econtext, ExprContextCallbackFunction function, Datum arg)
{
	(void) econtext;
	(void) function;
	(void) arg;
	CHECK(!"RegisterExprContextCallback");
}

bool
ces_has_words(const text *answer)
{
	(void) answer;
	CHECK(!"ces_has_words");
}

bool
ces_find_answer(FunctionCallInfo fcinfo, const text *answer, text *set_name, CesScale *scale,
				int32 *score)
{
	(void) fcinfo;
	(void) answer;
	(void) set_name;
	(void) scale;
	(void) score;
	CHECK(!"ces_find_answer");
}

TimestampTz
GetCurrentStatementStartTimestamp(void)
{
	CHECK(!"GetCurrentStatementStartTimestamp");
}

List *
list_make1_impl(NodeTag t, ListCell datum1)
{
	(void) t;
	(void) datum1;
	CHECK(!"list_make1_impl");
}

List *
lappend(List *list, void *datum)
{
	(void) list;
	(void) datum;
	CHECK(!"lappend");
}

List *
list_concat(List *list1, const List *list2)
{
	(void) list1;
	(void) list2;
	CHECK(!"list_concat");
}

char *
downcase_identifier(const char *ident, int len, bool warn, bool truncate)
{
	(void) ident;
	(void) len;
	(void) warn;
	(void) truncate;
	CHECK(!"downcase_identifier");
}

char *
get_func_name(Oid funcid)
{
	(void) funcid;
	return NULL;
}

bool
FunctionIsVisible(Oid funcid)
{
	(void) funcid;
	return true;
}

Oid
get_func_namespace(Oid funcid)
{
	(void) funcid;
	return InvalidOid;
}

char *
get_namespace_name(Oid nspid)
{
	(void) nspid;
	return NULL;
}

char *
format_type_be(Oid type_oid)
{
	(void) type_oid;
	return NULL;
}

const char *
quote_identifier(const char *ident)
{
	return ident;
}

char *
float8out_internal(double num)
{
	(void) num;
	return NULL;
}

char *
text_to_cstring(const text *t)
{
	return pnstrdup(VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t));
}

int
GetDatabaseEncoding(void)
{
	return PG_UTF8;
}

/*
 * Dummies: numbers of type numeric, ranges and rows.
 */
Numeric
int64_to_numeric(int64 val)
{
	(void) val;
	return palloc(1);
}

#define DUMMY_NUMERIC(name) \
	Datum \
	name(PG_FUNCTION_ARGS) \
	{ \
		(void) fcinfo; \
		return NumericGetDatum(int64_to_numeric(0)); \
	} \
	extern Datum name(PG_FUNCTION_ARGS)

int32
numeric_int4_opt_error(Numeric num, bool *error)
{
	(void) num;
	*error = true;
	return 0;
}

DUMMY_NUMERIC(numeric_in);
DUMMY_NUMERIC(numeric_eq);
DUMMY_NUMERIC(numeric_add);
DUMMY_NUMERIC(numeric_sub);
DUMMY_NUMERIC(numeric_mul);
DUMMY_NUMERIC(numeric_div);
DUMMY_NUMERIC(numeric_sqrt);
DUMMY_NUMERIC(numeric_smaller);
DUMMY_NUMERIC(numeric_larger);
DUMMY_NUMERIC(numeric_trim_scale);
DUMMY_NUMERIC(float8_numeric);

TypeCacheEntry *
lookup_type_cache(Oid type_id, int flags)
{
	(void) type_id;
	(void) flags;
	return NULL;
}

#if PG_VERSION_NUM >= 160000
RangeType *
make_range(TypeCacheEntry *typcache, RangeBound *lower, RangeBound *upper, bool empty,
		   struct Node *escontext)
{
	(void) escontext;
#else
RangeType *
make_range(TypeCacheEntry *typcache, RangeBound *lower, RangeBound *upper, bool empty)
{
#endif
	(void) typcache;
	(void) lower;
	(void) upper;
	(void) empty;
	return palloc(1);
}

TypeFuncClass
get_call_result_type(FunctionCallInfo fcinfo, Oid *resultTypeId, TupleDesc *resultTupleDesc)
{
	(void) fcinfo;
	(void) resultTypeId;
	*resultTupleDesc = NULL;
	return TYPEFUNC_COMPOSITE;
}

TupleDesc
BlessTupleDesc(TupleDesc tupdesc)
{
	return tupdesc;
}

HeapTuple
heap_form_tuple(TupleDesc tupleDescriptor, CONST_SINCE_17 Datum *values, CONST_SINCE_17 bool *isnull)
{
	(void) tupleDescriptor;
	(void) values;
	(void) isnull;
	return palloc0(sizeof(HeapTupleData));
}

Datum
HeapTupleHeaderGetDatum(HeapTupleHeader tuple)
{
	return PointerGetDatum(tuple);
}

void
InitMaterializedSRF(FunctionCallInfo fcinfo, bits32 flags)
{
	(void) fcinfo;
	(void) flags;
}

void
tuplestore_putvalues(Tuplestorestate *state, TupleDesc tdesc, CONST_SINCE_17 Datum *values,
					 CONST_SINCE_17 bool *isnull)
{
	(void) state;
	(void) tdesc;
	(void) values;
	(void) isnull;
}

/*
 * Window functions, which no harness calls.
 */
#define NEVER_CALLED(name) \
	extern void name(void); \
	void \
	name(void) \
	{ \
		abort(); \
	} \
	extern void name(void)

NEVER_CALLED(WinGetCurrentPosition);
NEVER_CALLED(WinGetFuncArgInPartition);
NEVER_CALLED(WinGetPartitionLocalMemory);
NEVER_CALLED(WinGetPartitionRowCount);

/*
 * A call as the server makes it.
 */
static Node aggregate_state = {T_AggState};
Node *const in_aggregate = &aggregate_state;

static Datum
invoke(PGFunction function, Node *context, int nargs, const Datum *arguments, bool *is_null)
{
	ReturnSetInfo result_info = {.type = T_ReturnSetInfo};
	Datum result;
	LOCAL_FCINFO(fcinfo, FUNC_MAX_ARGS);

	InitFunctionCallInfoData(*fcinfo, NULL, nargs, InvalidOid, context,
							 (fmNodePtr) &result_info);
	for (int i = 0; i < nargs; i++)
		fcinfo->args[i] = (NullableDatum){.value = arguments[i]};
	result = function(fcinfo);
	*is_null = fcinfo->isnull;
	return result;
}

static Datum
invoke_directly(PGFunction function, int nargs, const Datum *arguments)
{
	bool is_null;
	Datum result = invoke(function, NULL, nargs, arguments, &is_null);

	CHECK(!is_null);
	return result;
}

Datum
DirectFunctionCall1Coll(PGFunction func, Oid collation, Datum arg1)
{
	(void) collation;
	return invoke_directly(func, 1, (Datum[]){arg1});
}

Datum
DirectFunctionCall2Coll(PGFunction func, Oid collation, Datum arg1, Datum arg2)
{
	(void) collation;
	return invoke_directly(func, 2, (Datum[]){arg1, arg2});
}

Datum
DirectFunctionCall3Coll(PGFunction func, Oid collation, Datum arg1, Datum arg2, Datum arg3)
{
	(void) collation;
	return invoke_directly(func, 3, (Datum[]){arg1, arg2, arg3});
}

static Outcome
call_with(PGFunction function, Node *context, int nargs, const Datum *arguments)
{
	jmp_buf handler;
	Outcome outcome = {0};

	error_handler = &handler;
	if (setjmp(handler) == 0)
		outcome.value = invoke(function, context, nargs, arguments, &outcome.is_null);
	else
		outcome.error = error_code;
	error_handler = NULL;
	return outcome;
}

Outcome
call(PGFunction function, Node *context, int nargs, ...)
{
	Datum arguments[FUNC_MAX_ARGS];
	va_list list;

	va_start(list, nargs);
	for (int i = 0; i < nargs; i++)
		arguments[i] = va_arg(list, Datum);
	va_end(list);
	return call_with(function, context, nargs, arguments);
}

/* Before PostgreSQL 16, every error is a hard one. */
Outcome
call_softly(PGFunction function, const char *text)
{
#if PG_VERSION_NUM >= 160000
	ErrorSaveContext context = {.type = T_ErrorSaveContext, .details_wanted = true};
	Outcome outcome = call(function, (Node *) &context, 1, CStringGetDatum(text));

	CHECK(outcome.error == 0 && outcome.is_null == context.error_occurred);
	if (context.error_occurred)
		outcome.error = error_code;
	return outcome;
#else
	return CALL(function, CStringGetDatum(text));
#endif
}

/*
 * What libFuzzer calls.
 */
extern int LLVMFuzzerInitialize(int *argc, char ***argv);
extern int LLVMFuzzerTestOneInput(const uint8 *data, size_t size);

static void
print_counts(void)
{
	fprintf(stderr, "accepted %ld, refused %ld\n", accepted, refused);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void) argc;
	(void) argv;
	atexit(print_counts);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	fuzz(data, size);
	free_allocations();
	return 0;
}
