// Payloads of the toy plugins: a runtime test needs no traffic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace toys {

struct Number {
  static constexpr std::string_view type_name = "number";
  static constexpr int type_version = 1;
  std::int64_t value = 0;
  [[nodiscard]] std::size_t byte_size() const { return sizeof *this; }
  [[nodiscard]] std::size_t item_count() const { return 1; }
};

/// Gathers numbers.
struct NumberSet {
  static constexpr std::string_view type_name = "number_set";
  static constexpr int type_version = 1;
  using Element = Number;
  std::vector<std::int64_t> values;
  [[nodiscard]] std::size_t byte_size() const { return sizeof *this; }
  [[nodiscard]] std::size_t item_count() const { return values.size(); }
  void add(const Number& number) { values.push_back(number.value); }
  void merge(NumberSet&& other) { values.insert(values.end(), other.values.begin(), other.values.end()); }
  void finish() {}
};

struct Word {
  static constexpr std::string_view type_name = "word";
  static constexpr int type_version = 2;
  char letters[8] = {};
  [[nodiscard]] std::size_t byte_size() const { return sizeof *this; }
  [[nodiscard]] std::size_t item_count() const { return 1; }
};

/// The same name and version as Number with other contents: as a plugin built against older headers has it.
struct OldNumber {
  static constexpr std::string_view type_name = "number";
  static constexpr int type_version = 1;
  std::int32_t value = 0;
  [[nodiscard]] std::size_t byte_size() const { return sizeof *this; }
  [[nodiscard]] std::size_t item_count() const { return 1; }
};

/// A component interface.
struct Formula {
  static constexpr std::string_view type_name = "formula";
  static constexpr int type_version = 1;
  virtual ~Formula() = default;
  [[nodiscard]] virtual double at(double x) const = 0;
};

/// Another version of it.
struct NewerFormula {
  static constexpr std::string_view type_name = "formula";
  static constexpr int type_version = 2;
  virtual ~NewerFormula() = default;
};

}  // namespace toys
