#include "cgroup.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <vector>

namespace gemsbok::core {
namespace {

using Files = std::map<std::string, std::string>;

// What a system with these files says.
double quota_of(const Files& files) {
  const auto root = std::filesystem::temp_directory_path() / "gemsbok_cgroup_test";
  std::filesystem::remove_all(root);
  for (const auto& [name, text] : files) {
    const auto path = root / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  const double quota = cgroup_quota(root.string());
  std::filesystem::remove_all(root);
  return quota;
}

const std::string kV2 = "sys/fs/cgroup/", kV1 = "sys/fs/cgroup/cpu/", kOwn = "proc/self/cgroup";

Files v1(const std::string& group, const std::string& quota) {
  return {{kV1 + group + "cpu.cfs_quota_us", quota}, {kV1 + group + "cpu.cfs_period_us", "100000\n"}};
}

Files operator+(Files a, const Files& b) {
  a.insert(b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("quotas of control groups") {
  const std::vector<std::pair<Files, double>> cases = {
      {{}, 0},
      // a container sees its group as the root
      {{{kV2 + "cpu.max", "150000 100000\n"}, {kOwn, "0::/\n"}}, 1.5},
      {{{kV2 + "cpu.max", "max 100000\n"}, {kOwn, "0::/\n"}}, 0},
      {v1("", "200000\n"), 2},
      {v1("", "-1\n"), 0},
      // or the path of the host, which it cannot see
      {v1("", "50000\n") + Files{{kOwn, "4:memory:/docker/a\n3:cpu,cpuacct:/docker/a\n"}}, 0.5},
      // a service of a machine lies within others, each with a quota or without
      {{{kV2 + "system.slice/web.service/cpu.max", "300000 100000"},
        {kV2 + "system.slice/cpu.max", "max 100000"},
        {kOwn, "0::/system.slice/web.service\n"}},
       3},
      {{{kV2 + "a/b/cpu.max", "300000 100000"}, {kV2 + "a/cpu.max", "100000 50000"}, {kOwn, "0::/a/b\n"}}, 2},
      {{{kV2 + "a/b/cpu.max", "100000 100000"}, {kV2 + "a/cpu.max", "400000 100000"}, {kOwn, "0::/a/b\n"}}, 1},
      {v1("a/", "400000") + v1("a/b/", "-1") + Files{{kOwn, "9:name=systemd:/x\n2:cpuacct,cpu:/a/b\n0::/\n"}}, 4},
      // groups of other controllers and of other processes
      {v1("a/", "400000") + Files{{kOwn, "2:cpuset:/a\n1:cpuacct:/a\n"}}, 0},
      {{{kV2 + "a/cpu.max", "100000 100000"}, {kOwn, "0::/b\n"}}, 0},
      // damaged files
      {{{kV2 + "cpu.max", ""}, {kOwn, ""}}, 0},
      {{{kV2 + "cpu.max", "100000 0\n"}, {kOwn, "0:\n:::\n\n0::x\n0::"}}, 0},
      {{{kV2 + "cpu.max", "-5 100000\n"}, {kOwn, std::string(10000, ':')}}, 0},
  };
  for (const auto& [files, quota] : cases) {
    INFO((files.empty() ? "no files" : files.begin()->first + ": " + files.begin()->second));
    CHECK(quota_of(files) == doctest::Approx(quota));
  }
}

}  // namespace gemsbok::core
