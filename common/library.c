#include "common/library.h"

#include <dlfcn.h>

const char *
library_load(const char *name, const struct library_function *f, size_t n,
    void *functions)
{
	const char *missing = NULL;
	void *lib, *found;
	size_t i;

	if ((lib = dlopen(name, RTLD_NOW | RTLD_LOCAL)) == NULL)
		return (name);
	for (i = 0; i < n; i++) {
		found = dlsym(lib, f[i].name);
		*(void **)(void *)((char *)functions + f[i].at) = found;
		if (found == NULL)
			missing = f[i].name;
	}
	return (missing);
}
