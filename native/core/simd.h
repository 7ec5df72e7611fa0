#pragma once

#include <string>
#include <vector>

namespace gemsbok::core {

// The instruction set that the kernels use.
std::string simd_name();

// Those that the kernels are compiled for and this machine has, the best one first.
const std::vector<std::string>& simd_names();

// Makes all kernels, and those of the BLAS, use this one of them, or the best where the name is empty. Kernels are
// looked up when they first run, hence the first call of the process decides. Gives what was decided.
std::string use_simd(const std::string& name);

}  // namespace gemsbok::core
