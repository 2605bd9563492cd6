/*
 * LD_PRELOAD of a program that is to run out of memory: its n-th call of
 * malloc(), calloc() or realloc() fails, once, or it and all that follow.
 *
 *	OOM=FILE	a struct oom in a file, mapped and shared: who drives
 *			the test sets `mode` last and reads the counts
 *
 * Allocations of the program's own objects are counted apart from those of
 * its libraries, by the return address (which is the program's too when a
 * library ends in a jump to malloc()).  When the program crashes, a line
 * "oom: crash in OBJECT" names the first object in the backtrace that is not
 * the C library, and the backtrace follows.
 */
#include <sys/mman.h>

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum mode {
	MODE_OFF = 0,		/* count, and fail nothing */
	MODE_ONCE,		/* the n-th fails */
	MODE_ON			/* the n-th and all that follow */
};

enum {
	FRAMES = 64,
	PLACES = 8
};

/* As oom.js reads and writes it: numbers of eight bytes. */
struct oom {
	_Atomic int64_t	 mode;
	_Atomic int64_t	 at;		/* which call is to fail, from 1 */
	_Atomic int64_t	 calls;		/* since the driver set it to 0 */
	_Atomic int64_t	 ours;		/* of them, by the program itself */
	_Atomic int64_t	 failed;	/* how many failed */
	_Atomic int64_t	 live;		/* blocks that are not freed */
	_Atomic int64_t	 place[PLACES];	/* addresses of calls of ours */
};

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void __libc_free(void *);

static struct oom nobody;
static struct oom *oom = &nobody;
static uintptr_t base, text_from, text_to;	/* the program's own code */

static void
note_place(int64_t at)
{
	int64_t free_one;
	int i;

	for (i = 0; i < PLACES; i++) {
		free_one = 0;
		if (atomic_compare_exchange_strong(&oom->place[i], &free_one,
		    at) || free_one == at)
			return;
	}
}

/* Is it the turn of this call to fail? */
static bool
refuse(const void *caller)
{
	uintptr_t at = (uintptr_t)caller;
	int64_t mode, call;

	call = atomic_fetch_add(&oom->calls, 1) + 1;
	if (at >= text_from && at < text_to) {
		atomic_fetch_add(&oom->ours, 1);
		note_place((int64_t)(at - base) - 1);
	}
	mode = atomic_load(&oom->mode);
	if (mode == MODE_OFF || (mode == MODE_ONCE && call != oom->at) ||
	    (mode == MODE_ON && call < oom->at))
		return (false);
	atomic_fetch_add(&oom->failed, 1);
	errno = ENOMEM;
	return (true);
}

static void *
keep(void *p)
{

	if (p != NULL)
		atomic_fetch_add(&oom->live, 1);
	return (p);
}

void *
malloc(size_t n)
{

	return (refuse(__builtin_return_address(0)) ? NULL :
	    keep(__libc_malloc(n)));
}

void *
calloc(size_t n, size_t size)
{

	return (refuse(__builtin_return_address(0)) ? NULL :
	    keep(__libc_calloc(n, size)));
}

void *
realloc(void *old, size_t n)
{
	void *p;

	if (refuse(__builtin_return_address(0)))
		return (NULL);
	p = __libc_realloc(old, n);
	if (old == NULL)
		return (keep(p));
	if (n == 0 && p == NULL)
		atomic_fetch_sub(&oom->live, 1);
	return (p);
}

void
free(void *p)
{

	if (p != NULL)
		atomic_fetch_sub(&oom->live, 1);
	__libc_free(p);
}

static void
say(const char *text)
{

	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		_exit(2);
}

/* Neither the C library, which aborts for others, nor this file. */
static bool
is_to_blame(const char *object)
{

	return (strstr(object, "/libc.so") == NULL &&
	    strstr(object, "/oom.so") == NULL && strstr(object,
	    "linux-vdso") == NULL);
}

static void
crashed(int sig)
{
	void *frame[FRAMES];
	const char *name;
	Dl_info info;
	int i, n = backtrace(frame, FRAMES);

	say("oom: crash in ");
	for (i = 0; i < n; i++) {
		if (dladdr(frame[i], &info) == 0 || !is_to_blame(
		    info.dli_fname))
			continue;
		name = strrchr(info.dli_fname, '/');
		say(name == NULL ? info.dli_fname : name + 1);
		break;
	}
	say("\n");
	backtrace_symbols_fd(frame, n, STDERR_FILENO);
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
}

/* The first object is the program. */
static int
take_text(struct dl_phdr_info *info, size_t size, void *ctx)
{
	const ElfW(Phdr) *p;

	(void)size;
	(void)ctx;
	base = info->dlpi_addr;
	for (p = info->dlpi_phdr; p < info->dlpi_phdr + info->dlpi_phnum; p++)
		if (p->p_type == PT_LOAD && (p->p_flags & PF_X) != 0) {
			text_from = info->dlpi_addr + p->p_vaddr;
			text_to = text_from + p->p_memsz;
		}
	return (1);
}

__attribute__((constructor)) static void
begin(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE,
	    SIGILL };
	const char *path = getenv("OOM");
	void *frame[1];
	size_t i;
	int fd;

	(void)dl_iterate_phdr(take_text, NULL);
	(void)backtrace(frame, 1);	/* allocates the first time */
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)signal(signals[i], crashed);
	if (path == NULL || (fd = open(path, O_RDWR | O_CLOEXEC)) == -1)
		return;
	oom = mmap(NULL, sizeof(*oom), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0);
	if (oom == MAP_FAILED) {
		say("oom: cannot map\n");
		_exit(2);
	}
	(void)close(fd);
}
