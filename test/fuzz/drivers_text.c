/* Text input of ces_drivers. */
#include "fuzz.h"

void
fuzz(const uint8 *data, size_t size)
{
	check_text(&drivers_type, data, size);
}
