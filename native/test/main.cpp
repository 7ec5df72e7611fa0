#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "blas.h"

int main(int argc, char** argv) {
  gemsbok::core::blas::use_one_thread();  // as the binding does when it is loaded
  return doctest::Context(argc, argv).run();
}
