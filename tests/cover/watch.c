/*
 * What a build that is watched needs beyond the program: one that counts its
 * branches, or one with a sanitizer.  cover.mk links it into the program and
 * into the unit tests; no build that anybody installs has it.
 *
 * The jail stays, with what the watcher cannot do without:
 *  - one more directory may be written, WATCH_DIR, where the counts go;
 *  - a process that ends may be traced again, as LeakSanitizer does;
 *  - _exit(), with which the forked half of a test ends, keeps the counts,
 *    also when that half plays another user.
 *
 * ThreadSanitizer is told of sem_clockwait(), which it does not know: what was
 * done before a sem_post() comes before what follows the wait.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

enum {
	MAY_WRITE = 1 << 1,	/* rights of Landlock's first version */
	MAY_READ = 1 << 2,
	MAY_LIST = 1 << 3,
	MAY_MAKE = 1 << 8,
	MAY_CUT = 1 << 14,	/* of its third */
	BENEATH = 1,		/* kind of a rule: a path and below */
	ARGUMENTS = 6		/* that a system call has at most */
};

struct beneath {
	uint64_t	access;
	int32_t		fd;
} __attribute__((packed));

long		__real_syscall(long, ...);
long		__wrap_syscall(long, ...);
_Noreturn void	__real__exit(int);
_Noreturn void	__wrap__exit(int);
int		__real_sem_clockwait(sem_t *, clockid_t,
		    const struct timespec *);
int		__wrap_sem_clockwait(sem_t *, clockid_t,
		    const struct timespec *);
void		__gcov_dump(void) __attribute__((weak));
void		__tsan_acquire(void *) __attribute__((weak));
const char     *__asan_default_options(void);
const char     *__tsan_default_options(void);
const char     *__ubsan_default_options(void);

static void
allow(long rules)
{
	struct beneath b = { MAY_WRITE | MAY_READ | MAY_LIST | MAY_MAKE |
	    MAY_CUT, open(WATCH_DIR, O_PATH | O_CLOEXEC) };

	if (__real_syscall(SYS_landlock_add_rule, rules, BENEATH, &b, 0) != 0) {
		b.access &= ~(uint64_t)MAY_CUT;
		__real_syscall(SYS_landlock_add_rule, rules, BENEATH, &b, 0);
	}
	close(b.fd);
}

long
__wrap_syscall(long number, ...)
{
	long	a[ARGUMENTS];
	va_list	ap;

	va_start(ap, number);
	for (int i = 0; i < ARGUMENTS; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_landlock_restrict_self)
		allow(a[0]);
	return (__real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]));
}

void
__wrap__exit(int status)
{
	if (__gcov_dump != NULL) {
		(void)!seteuid(getuid());
		__gcov_dump();
	}
	__real__exit(status);
}

int
__wrap_sem_clockwait(sem_t *sem, clockid_t clock, const struct timespec *until)
{
	int	rc = __real_sem_clockwait(sem, clock, until);

	if (rc == 0 && __tsan_acquire != NULL)
		__tsan_acquire(sem);
	return (rc);
}

/* Before LeakSanitizer looks, which was told of the end earlier. */
__attribute__((destructor)) static void
may_be_traced(void)
{
	prctl(PR_SET_DUMPABLE, 1L, 0L, 0L, 0L);
}

const char *
__asan_default_options(void)
{
	return ("detect_leaks=1:detect_stack_use_after_return=1:"
	    "strict_string_checks=1:check_initialization_order=1:"
	    "allocator_may_return_null=1:exitcode=99");
}

/* The libraries are not instrumented: what only they touch is not judged. */
const char *
__tsan_default_options(void)
{
	return ("exitcode=99:second_deadlock_stack=1:history_size=4:"
	    "ignore_noninstrumented_modules=1");
}

const char *
__ubsan_default_options(void)
{
	return ("print_stacktrace=1");
}
