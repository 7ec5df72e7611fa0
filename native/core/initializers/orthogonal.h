#pragma once

#include "../span.h"

namespace gemsbok::core {

// Makes the rows orthonormal, one after the other: the Q of a QR decomposition of the transpose, with the signs that
// make the diagonal of R positive. There must be no more rows than columns.
void orthonormalize(Matrix<double> vectors);

}  // namespace gemsbok::core
