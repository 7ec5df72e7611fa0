#include "cgroup.h"

#include <algorithm>
#include <cstdio>
#include <memory>

namespace gemsbok::core {
namespace {

// No streams: those bring all of C++'s locales.
struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;
File open(const std::string& path) { return File(std::fopen(path.c_str(), "r")); }

// What a file begins with, by scanf; the number of fields read.
template <class... Field>
int scan(const std::string& path, const char* format, Field*... fields) {
  const File file = open(path);
  return file == nullptr ? 0 : std::fscanf(file.get(), format, fields...);
}

// The least of the quotas so far; 0 while there is none.
class Quotas {
 public:
  // Of a group and those that it lies in. A container may see its own group alone, as the root of all: what is not
  // there says nothing.
  void add(const std::string& hierarchy, std::string group) {
    for (;;) {
      add(hierarchy + group);
      if (group.empty()) return;
      group.resize(group.find_last_of('/'));
    }
  }
  double least() const { return least_; }

 private:
  // "max 100000" and -1 stand for no limit.
  void add(const std::string& folder) {
    double quota = 0, period = 0;
    if (scan(folder + "/cpu.max", "%lf %lf", &quota, &period) != 2) {
      scan(folder + "/cpu.cfs_quota_us", "%lf", &quota);
      scan(folder + "/cpu.cfs_period_us", "%lf", &period);
    }
    if (quota <= 0 || period <= 0) return;
    least_ = least_ > 0 ? std::min(least_, quota / period) : quota / period;
  }

  double least_ = 0;
};

// The group that a line names for processors: "3:cpu,cpuacct:/a/b", "0::/a/b" of version 2; empty for the root and for
// other controllers.
std::string group_in(const std::string& line) {
  const std::size_t first = line.find(':'), second = line.find(':', first + 1);
  if (first == std::string::npos || second == std::string::npos) return "";
  const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
  if (controllers != ",," && controllers.find(",cpu,") == std::string::npos) return "";
  const std::string group = line.substr(second + 1, line.find_last_not_of("/\n") - second);
  return !group.empty() && group[0] == '/' ? group : "";
}

}  // namespace

double cgroup_quota(const std::string& root) {
  const std::string hierarchies[] = {root + "/sys/fs/cgroup", root + "/sys/fs/cgroup/cpu"};
  Quotas quotas;
  for (const auto& hierarchy : hierarchies) quotas.add(hierarchy, "");
  const File file = open(root + "/proc/self/cgroup");
  char line[4096];
  while (file != nullptr && std::fgets(line, sizeof line, file.get()) != nullptr) {
    const std::string group = group_in(line);
    for (const auto& hierarchy : hierarchies) quotas.add(hierarchy, group);
  }
  return quotas.least();
}

}  // namespace gemsbok::core
