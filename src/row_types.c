/*-------------------------------------------------------------------------
 *
 * row_types.c
 *	  The composite types of the extension, whose columns anybody who owns it can change.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "funcapi.h"
#include "row_types.h"
#include "utils/builtins.h"

/* Raise an error unless a row has the columns that it had when the extension was created. */
void
ces_check_columns(TupleDesc row_type, int columns, const Oid *types)
{
	bool is_same = row_type->natts == columns;

	for (int i = 0; is_same && i < columns; i++)
		is_same = TupleDescAttr(row_type, i)->atttypid == types[i];
	if (!is_same)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("type %s does not have its original columns", format_type_be(row_type->tdtypeid))));
}

/* The row type that a function returns, checked likewise.  In the memory of the function. */
TupleDesc
ces_result_row_type(FunctionCallInfo fcinfo, int columns, const Oid *types)
{
	MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	TupleDesc row_type;

	if (get_call_result_type(fcinfo, NULL, &row_type) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	ces_check_columns(row_type, columns, types);
	BlessTupleDesc(row_type);
	MemoryContextSwitchTo(caller);
	return row_type;
}
