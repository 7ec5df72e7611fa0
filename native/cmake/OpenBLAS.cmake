# The target `openblas`: the static library that the environment variable OPENBLAS_LIB names, else the system's.
if(DEFINED ENV{OPENBLAS_LIB}) # not a CACHE variable, which would keep the first value
  set(OPENBLAS_LIB "$ENV{OPENBLAS_LIB}")
else()
  find_library(OPENBLAS_SYSTEM NAMES libopenblas.a PATH_SUFFIXES openblas-serial openblas-pthread)
  set(OPENBLAS_LIB "${OPENBLAS_SYSTEM}")
endif()
if(NOT OPENBLAS_LIB)
  message(FATAL_ERROR "There is no static OpenBLAS: run `npm run setup`, install libopenblas-dev, or set OPENBLAS_LIB.")
endif()

get_filename_component(openblas_folder "${OPENBLAS_LIB}" DIRECTORY)
find_path(OPENBLAS_INCLUDE cblas.h HINTS "${openblas_folder}/../include" "${openblas_folder}"
  PATH_SUFFIXES openblas openblas-serial openblas-pthread x86_64-linux-gnu/openblas-pthread aarch64-linux-gnu/openblas-pthread)
if(NOT OPENBLAS_INCLUDE)
  message(FATAL_ERROR "There is no cblas.h near ${OPENBLAS_LIB}.")
endif()

add_library(openblas STATIC IMPORTED GLOBAL)
set_target_properties(openblas PROPERTIES IMPORTED_LOCATION "${OPENBLAS_LIB}"
  INTERFACE_INCLUDE_DIRECTORIES "${OPENBLAS_INCLUDE}" INTERFACE_LINK_LIBRARIES m)
