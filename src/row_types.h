/*-------------------------------------------------------------------------
 *
 * row_types.h
 *	  The composite types of the extension, whose columns anybody who owns it can change.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_ROW_TYPES_H
#define CES_ROW_TYPES_H

#include "access/tupdesc.h"
#include "fmgr.h"

#pragma GCC visibility push(hidden)

extern void ces_check_columns(TupleDesc row_type, int columns, const Oid *types);
extern TupleDesc ces_result_row_type(FunctionCallInfo fcinfo, int columns, const Oid *types);

#pragma GCC visibility pop

#endif /* CES_ROW_TYPES_H */
