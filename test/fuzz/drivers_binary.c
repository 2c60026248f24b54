/* Binary input of ces_drivers. */
#include "fuzz.h"

void
fuzz(const uint8 *data, size_t size)
{
	check_binary(&drivers_type, data, size);
}
