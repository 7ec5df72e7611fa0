#pragma once

namespace gemsbok::core {

// The vector instructions that the kernels were dispatched to on this machine.
const char* simd_name();

}  // namespace gemsbok::core
