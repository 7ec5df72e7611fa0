#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "error.h"

namespace gemsbok::core {

// A row of a registry: what JavaScript calls it, its parameters by name (the last may be a list), and what it does.
// Tables are constant data, so that the code compiled for each instruction set instantiates no container.
template <class Run>
struct Entry {
  static constexpr std::size_t kMostParameters = 12;
  const char* name;
  const char* parameters[kMostParameters];
  Run run;
};

template <class Run>
struct Registry {
  const Entry<Run>* entries;
  std::size_t size;

  template <std::size_t kSize>
  static constexpr Registry of(const Entry<Run> (&table)[kSize]) {
    return {table, kSize};
  }

  const Entry<Run>* begin() const { return entries; }
  const Entry<Run>* end() const { return entries + size; }

  const Entry<Run>* find(std::string_view name) const {
    for (const auto& entry : *this) {
      if (name == entry.name) return &entry;
    }
    return nullptr;
  }

  const Entry<Run>& get(std::string_view name) const {
    const Entry<Run>* entry = find(name);
    if (entry == nullptr) throw Error(Code::kInvalidArg, "no native kernel is called '" + std::string(name) + "'");
    return *entry;
  }
};

// The entries of several tables as one, which is never destroyed: threads may still run when static objects are.
template <class Run>
Registry<Run> joined(std::initializer_list<Registry<Run>> tables) {
  std::size_t size = 0;
  for (const auto& table : tables) size += table.size;
  auto* const all = new Entry<Run>[size];
  auto* next = all;
  for (const auto& table : tables) next = std::copy(table.begin(), table.end(), next);
  return {all, size};
}

// The values of an entry's parameters, in the order of its names.
using Parameters = std::vector<double>;

// The same for functors, which may be compiled for several instruction sets.
struct ParameterView {
  ParameterView(const Parameters& parameters) : values(parameters.data()), size(parameters.size()) {}
  double operator[](std::size_t index) const { return values[index]; }

  const double* values;
  std::size_t size;
};

// An entry with the values to run it on.
template <class Run>
struct Bound {
  const Entry<Run>* entry = nullptr;
  Parameters parameters;

  const Run* operator->() const { return &entry->run; }
};

}  // namespace gemsbok::core
