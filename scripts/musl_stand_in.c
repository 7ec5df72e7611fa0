// What Bun's musl build asks of a C++ library that Debian's, made for glibc, takes from glibc.
#include <stdlib.h>
#include <time.h>
#include <locale.h>
#include <unistd.h>
#include <stdint.h>
#include <sys/random.h>
char __libc_single_threaded = 0;
unsigned arc4random(void) { unsigned v; getrandom(&v, sizeof v, 0); return v; }
size_t __strftime_l(char *s, size_t n, const char *f, const struct tm *t, locale_t l) { (void)l; return strftime(s, n, f, t); }
int __cxa_thread_atexit_impl(void (*f)(void *), void *o, void *d) { (void)f; (void)o; (void)d; return 0; }
