#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "error.h"

namespace gemsbok::core {

// The names of parameters in the order of their values, null after the last, which may be a list.
struct ParameterNames {
  static constexpr std::size_t kMost = 12;
  const char* names[kMost];

  constexpr const char* const* begin() const { return names; }
  constexpr const char* const* end() const { return std::find(names, names + kMost, nullptr); }

  constexpr std::size_t index_of(std::string_view name) const {
    std::size_t index = 0;
    while (name != names[index]) ++index;
    return index;
  }
};

// A row of a registry: what JavaScript calls it, its parameters, and what it does. Tables are constant data, so that
// the code compiled for each instruction set instantiates no container.
template <class Run>
struct Entry {
  const char* name;
  ParameterNames parameters;
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
  ParameterView() = default;
  ParameterView(const Parameters& parameters) : values(parameters.data()), size(parameters.size()) {}

  const double* values = nullptr;
  std::size_t size = 0;
};

// The values of a functor's parameters by the names in its `kParameters`; others do not compile.
template <class F>
class ParametersOf {
 public:
  struct Name {
    consteval Name(const char* name) : index(F::kParameters.index_of(name)) {}
    std::size_t index;
  };

  explicit ParametersOf(ParameterView view) : view_(view) {}

  double operator[](Name name) const { return view_.values[name.index]; }
  bool flag(Name name) const { return view_.values[name.index] != 0; }
  // The last one, where it is a list.
  std::span<const double> list(Name name) const { return {view_.values + name.index, view_.size - name.index}; }

 private:
  ParameterView view_;
};

// The functor with these values; it may have no parameters.
template <class F, class... Further>
F functor_of(ParameterView view, const Further&... further) {
  if constexpr (std::is_constructible_v<F, ParametersOf<F>, Further...>) {
    return F(ParametersOf<F>(view), further...);
  } else {
    return F(further...);
  }
}

template <class F>
constexpr ParameterNames names_of() {
  if constexpr (requires { F::kParameters; }) {
    return F::kParameters;
  } else {
    return {};
  }
}

// What there is for both types of numbers.
template <template <class> class F>
struct PerType {
  F<float> f32;
  F<double> f64;

  template <class T>
  constexpr const F<T>& of() const {
    if constexpr (std::is_same_v<T, float>) {
      return f32;
    } else {
      return f64;
    }
  }
};

// An entry with the values to run it on.
template <class Run>
struct Bound {
  const Entry<Run>* entry = nullptr;
  Parameters parameters;

  const Run* operator->() const { return &entry->run; }
};

}  // namespace gemsbok::core
