# A toolchain file: compiles for the platform that the environment variable ZIG_TARGET names, by the zig that ZIG names.
set(zig_target "$ENV{ZIG_TARGET}")
if(zig_target MATCHES "windows")
  set(CMAKE_SYSTEM_NAME Windows)
  set(CMAKE_HAVE_LIBC_PTHREAD TRUE CACHE BOOL "") # there is nothing to link for threads
elseif(zig_target MATCHES "macos")
  set(CMAKE_SYSTEM_NAME Darwin)
  # Flags of Apple's own compiler, which zig sets by its target.
  set(CMAKE_OSX_DEPLOYMENT_TARGET "" CACHE STRING "")
  set(CMAKE_OSX_SYSROOT "" CACHE PATH "")
else()
  set(CMAKE_SYSTEM_NAME Linux)
endif()
string(REGEX REPLACE "-.*" "" CMAKE_SYSTEM_PROCESSOR "${zig_target}")
# zig switches off what a baseline processor lacks, even for functions that ask for it: AVX-512's registers among it.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  set(CMAKE_CXX_FLAGS_INIT "-mcpu=x86_64+evex512")
endif()
set(CMAKE_C_COMPILER $ENV{ZIG} cc -target ${zig_target})
set(CMAKE_CXX_COMPILER $ENV{ZIG} c++ -target ${zig_target})
set(CMAKE_AR $ENV{ZIG_AR} CACHE FILEPATH "")
set(CMAKE_RANLIB $ENV{ZIG_RANLIB} CACHE FILEPATH "")
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# Nothing of this machine's libraries goes in; symbols of no use to anybody stay out.
set(CMAKE_MODULE_LINKER_FLAGS_INIT "-Wl,-s")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-Wl,-s")
