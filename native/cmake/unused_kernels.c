// OpenBLAS' tables name all kernels of level 3 for each processor. We call GEMM and GEMV alone: what stands here is
// found first and keeps the others out of the addon, a ninth of its size.
#define UNUSED(name) \
  void name(void) { __builtin_trap(); }
#define FOR_EACH_COPY(kind, side, core)                                                                          \
  UNUSED(kind##_##side##unucopy##core)                                                                           \
  UNUSED(kind##_##side##unncopy##core)                                                                           \
  UNUSED(kind##_##side##lnucopy##core) UNUSED(kind##_##side##lnncopy##core) UNUSED(kind##_##side##utucopy##core) \
      UNUSED(kind##_##side##utncopy##core) UNUSED(kind##_##side##ltucopy##core) UNUSED(kind##_##side##ltncopy##core)
#define FOR_EACH_KERNEL(kind, core)                                                          \
  UNUSED(kind##_kernel_LN##core)                                                             \
  UNUSED(kind##_kernel_LT##core)                                                             \
  UNUSED(kind##_kernel_RN##core) UNUSED(kind##_kernel_RT##core) FOR_EACH_COPY(kind, i, core) \
      FOR_EACH_COPY(kind, o, core)
#define FOR_EACH(core)         \
  FOR_EACH_KERNEL(strmm, core) \
  FOR_EACH_KERNEL(strsm, core) \
  UNUSED(ssymm_iutcopy##core) UNUSED(ssymm_iltcopy##core) UNUSED(ssymm_outcopy##core) UNUSED(ssymm_oltcopy##core)

#if defined(__x86_64__)
FOR_EACH(_PRESCOTT)
FOR_EACH(_NEHALEM)
FOR_EACH(_SANDYBRIDGE)
FOR_EACH(_HASWELL)
FOR_EACH(_ZEN)
FOR_EACH(_SKYLAKEX)
#elif defined(__aarch64__)
FOR_EACH(_ARMV8)
FOR_EACH(_CORTEXA57)
FOR_EACH(_NEOVERSEN1)
#endif
