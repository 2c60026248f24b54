/*-------------------------------------------------------------------------
 *
 * numerics.h
 *	  Exact arithmetic on whole numbers: results are numeric, and exact however
 *	  many answers there are.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_NUMERICS_H
#define CES_NUMERICS_H

#include "common/int.h"
#include "fmgr.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

static inline Datum
ces_numeric_from_int64(int64 number)
{
	return NumericGetDatum(int64_to_numeric(number));
}

/* A double precision number, to the 15 digits that are certain. */
static inline Datum
ces_numeric_from_float8(double number)
{
	return DirectFunctionCall1(float8_numeric, Float8GetDatum(number));
}

/* A number in decimal digits. */
static inline Datum
ces_numeric_from_text(const char *digits)
{
	return DirectFunctionCall3(numeric_in, CStringGetDatum(digits), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

/* The product of two numbers, which bigint may not hold. */
static inline Datum
ces_numeric_product(int64 a, int64 b)
{
	int64 product;

	if (!pg_mul_s64_overflow(a, b, &product))
		return ces_numeric_from_int64(product);
	return DirectFunctionCall2(numeric_mul, ces_numeric_from_int64(a), ces_numeric_from_int64(b));
}

/* The quotient, to as many digits as avg() has, without trailing zeros. */
static inline Datum
ces_numeric_quotient(Datum dividend, Datum divisor)
{
	Datum quotient = DirectFunctionCall2(numeric_div, dividend, divisor);

	return DirectFunctionCall1(numeric_trim_scale, quotient);
}

#endif /* CES_NUMERICS_H */
