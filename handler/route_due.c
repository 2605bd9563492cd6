#include <stdlib.h>
#include <string.h>

#include "handler/due.h"
#include "handler/route.h"

/* Milliseconds of "30s", "15m", "12h", "14d"; the file was checked. */
static int64_t
duration(const char *text)
{
	static const struct {
		char	 letter;
		int64_t	 scale;
	} units[] = { { 's', 1000 }, { 'm', 60000 }, { 'h', 3600000 },
	    { 'd', 86400000 } };
	char *unit;
	int64_t n = strtol(text, &unit, 10);

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].letter == *unit)
			return (n * units[i].scale);
	return (0);
}

int64_t
route_due(const struct route *route, int64_t since)
{
	const char *due = route->dest[DEST_DUE].value;
	const char *calendar = route->dest[DEST_DUE_CALENDAR].value;

	if (due == NULL)
		return (0);
	return (due_day(since, duration(due), calendar != NULL &&
	    strcmp(calendar, "business") == 0));
}
