# The target `highway`, which gives the vector kernels their types and picks the instruction set at run time: built from
# the sources in the folder that the environment variable HIGHWAY_SOURCE names, else the system's library.
if(DEFINED ENV{HIGHWAY_SOURCE})
  set(highway_source "$ENV{HIGHWAY_SOURCE}")
  add_library(highway STATIC ${highway_source}/hwy/targets.cc ${highway_source}/hwy/per_target.cc
    ${highway_source}/hwy/aligned_allocator.cc)
  target_include_directories(highway SYSTEM PUBLIC ${highway_source})
  # Newer versions have further sets for some processors, with AVX-512 or NEON, each as large as the others and no faster here.
  target_compile_definitions(highway PUBLIC HWY_STATIC_DEFINE)
  set(highway_further_targets "|HWY_AVX3_DL|HWY_AVX3_ZEN4|HWY_AVX3_SPR|HWY_NEON|HWY_NEON_BF16")
else()
  find_library(HIGHWAY_LIB NAMES hwy)
  find_path(HIGHWAY_INCLUDE hwy/highway.h)
  if(NOT HIGHWAY_LIB OR NOT HIGHWAY_INCLUDE)
    message(FATAL_ERROR "There is no Highway: run `npm run setup`, install libhwy-dev, or set HIGHWAY_SOURCE.")
  endif()
  add_library(highway INTERFACE)
  target_include_directories(highway SYSTEM INTERFACE ${HIGHWAY_INCLUDE})
  target_link_libraries(highway INTERFACE ${HIGHWAY_LIB})
  target_compile_definitions(highway INTERFACE HWY_SHARED_DEFINE)
  # Old versions have plain C++ below SSSE3, four times slower, where newer ones have SSE2: SSSE3 is then the baseline.
  file(STRINGS ${HIGHWAY_INCLUDE}/hwy/detect_targets.h highway_has_sse2 REGEX "define HWY_SSE2")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND NOT highway_has_sse2)
    set(highway_baseline_option -mssse3)
  endif()
endif()
