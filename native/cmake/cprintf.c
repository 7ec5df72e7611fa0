// OpenBLAS for Windows refers to it in messages that are never printed; zig's runtime library has no such function.
static int silent(const char* format, ...) {
  (void)format;
  return 0;
}

int (*__imp__cprintf)(const char*, ...) = silent;
