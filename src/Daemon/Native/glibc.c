/* Lets the program start on a glibc older than the one it is linked against. Of all that it calls, two functions have a
   newer version in Debian 11's glibc (2.31) than RHEL 8's (2.28) has. The linker sends their callers here (--wrap), and
   these ask for the first version. Results are the same: the newer versions only no longer call matherr. */
#if defined(__x86_64__)
#define FIRST "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define FIRST "GLIBC_2.17"
#endif
__asm__(".symver first_log, log@" FIRST);
__asm__(".symver first_pow, pow@" FIRST);
double first_log(double x);
double first_pow(double x, double y);
double __wrap_log(double x) { return first_log(x); }
double __wrap_pow(double x, double y) { return first_pow(x, y); }
