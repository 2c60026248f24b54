/*-------------------------------------------------------------------------
 *
 * calls.h
 *	  The call of an aggregate or window function as the user wrote it, for hints.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_CALLS_H
#define CES_CALLS_H

#include "fmgr.h"
#include "nodes/primnodes.h"

#pragma GCC visibility push(hidden)

extern Aggref *ces_called_aggregate(FunctionCallInfo fcinfo, int arguments);
extern const char *ces_schema_prefix(FunctionCallInfo fcinfo);
extern const char *ces_on_scale_operator(FunctionCallInfo fcinfo);
extern bool ces_is_in_window(FunctionCallInfo fcinfo);
extern void ces_check_window(FunctionCallInfo fcinfo);
extern bool ces_has_filter(FunctionCallInfo fcinfo, const Aggref *call);
extern const char *ces_argument_text(FunctionCallInfo fcinfo, const Aggref *call,
									 int argument, const char *placeholder);
extern const char *ces_window_argument_text(FunctionCallInfo fcinfo, int argument,
											const char *placeholder);

#pragma GCC visibility pop

#endif /* CES_CALLS_H */
