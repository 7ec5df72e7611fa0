#pragma once

// What every peer in C++ speaks: see protocol.mjs.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

using Measure = std::function<double()>;  // seconds

// A flat line of JSON: after each name follows a number, a word or a list of numbers.
class Request {
 public:
  explicit Request(std::string line) : line_(std::move(line)) {}

  std::size_t number(const std::string& name) const { return std::strtoull(after(name), nullptr, 10); }

  std::string word(const std::string& name) const {
    const char* start = after(name) + 1;
    return {start, std::find(start, line_.data() + line_.size(), '"')};
  }

  std::vector<std::size_t> numbers(const std::string& name) const {
    std::vector<std::size_t> values;
    const char* at = after(name);
    do {
      char* end = nullptr;
      values.push_back(std::strtoull(at + 1, &end, 10));
      at = end;
    } while (*at == ',');
    return values;
  }

 private:
  const char* after(const std::string& name) const {
    const std::string key = '"' + name + "\":";
    const std::size_t at = line_.find(key);
    if (at == std::string::npos) throw std::invalid_argument("needs " + name);
    return line_.data() + at + key.size();
  }

  std::string line_;
};

template <class F>
double timed(F work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// `prepare` returns what measures a request; nothing where it does not know the case.
inline void serve(const std::string& version, const std::function<Measure(const Request&)>& prepare) {
  std::printf("{\"version\":\"%s\"}\n", version.c_str());
  std::fflush(stdout);
  std::string line, prepared;
  Measure measure;
  while (std::getline(std::cin, line)) {
    try {
      if (line != prepared) {
        measure = nullptr;  // what the request before held is free before this one allocates
        const Request request(line);
        const std::string name = request.word("case");
        measure = name == "rest" ? [] { return 0.0; } : prepare(request);
        if (measure == nullptr) throw std::invalid_argument("has no case " + name);
        prepared = line;
      }
      std::printf("{\"value\":%.9g}\n", measure());
    } catch (const std::exception& error) {
      prepared.clear();
      std::printf("{\"error\":\"%s\"}\n", error.what());
    }
    std::fflush(stdout);
  }
}

}  // namespace bench
