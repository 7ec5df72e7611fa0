#pragma once

#include <string>

namespace gemsbok::core {

// How many processors' time the process may use by the quotas of its control group and of those that this one lies in,
// of version 1 or 2; 0 where none says. Files are looked for below `root`.
double cgroup_quota(const std::string& root = "");

}  // namespace gemsbok::core
