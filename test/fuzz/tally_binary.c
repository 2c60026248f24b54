/* Binary input of ces_tally. */
#include "fuzz.h"

void
fuzz(const uint8 *data, size_t size)
{
	check_binary(&tally_type, data, size);
}
