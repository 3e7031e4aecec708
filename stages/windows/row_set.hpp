// What window_set and aggregate_set share: which device, capture and time each of their rows belongs to, and
// how devices are numbered.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "stages/traffic/packet.hpp"

namespace ipet::windows {

/// Labels of the rows of a run, sorted by capture, device, time.
class RowSet {
 public:
  std::vector<std::string>
      devices;  ///< class labels: declared devices in their order, then others sorted by name
  std::vector<std::string> captures;        ///< by capture number; "" where a capture gave no row
  std::vector<traffic::Nanoseconds> start;  ///< [row]
  std::vector<std::uint16_t> device;        ///< [row] into devices
  std::vector<std::uint32_t> capture;       ///< [row] into captures

  [[nodiscard]] std::size_t size() const { return start.size(); }
  /// Rows per device, in the order of `devices`.
  [[nodiscard]] std::vector<std::size_t> per_device() const;
  /// What a row is called in messages: "windows", "aggregates".
  [[nodiscard]] const char* noun() const { return noun_; }

 protected:
  explicit RowSet(const char* noun) : noun_(noun) {}
  ~RowSet() = default;
  RowSet(const RowSet&) = default;
  RowSet(RowSet&&) = default;
  RowSet& operator=(const RowSet&) = default;
  RowSet& operator=(RowSet&&) = default;

  /// Labels the rows of a WindowBatch or an AggregateBatch.
  template <class Batch>
  void add_labels(const Batch& batch) {
    declare(batch.declared_devices);
    add_labels(batch.capture, *batch.capture_name, *batch.device, batch.start);
  }
  void merge_labels(RowSet&& other);
  /// Fixes the order of `devices` and sorts the labels. Returns where each row was before, which the rows
  /// themselves must follow; empty when all stay where they are, as lanes are merged in this order already.
  std::vector<std::size_t> finish_labels();
  [[nodiscard]] std::size_t label_bytes() const;

  template <class T>
  static void append(std::vector<T>& to, std::vector<T>&& from) {
    if (to.empty()) {
      to = std::move(from);
      return;
    }
    // Not insert(): GCC 14 sees an overflow in its reallocation that is not there.
    const std::size_t before = to.size();
    to.resize(before + from.size());
    std::copy(from.begin(), from.end(), to.begin() + static_cast<std::ptrdiff_t>(before));
  }
  /// `values` in the order of `order`, `width` numbers for each position.
  template <class T>
  static void permute(std::vector<T>& values, const std::vector<std::size_t>& order, std::size_t width = 1) {
    std::vector<T> sorted;
    sorted.reserve(values.size());
    for (const std::size_t i : order) {
      const auto begin = values.begin() + static_cast<std::ptrdiff_t>(i * width);
      sorted.insert(sorted.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
    }
    values = std::move(sorted);
  }

 private:
  void declare(const std::shared_ptr<const std::vector<std::string>>& declared);
  void add_labels(std::uint32_t capture_number, const std::string& capture_name,
                  const std::string& device_name, const std::vector<traffic::Nanoseconds>& starts);
  std::uint16_t device_index(const std::string& name);
  void number_devices();

  const char* noun_;
  bool have_declared_ = false;
  std::vector<std::string> declared_;

 public:
  /// For the layout word of messages (pipeline/sdk/layout.hpp).
  using Members =
      std::tuple<decltype(devices), decltype(captures), decltype(start), decltype(device), decltype(capture),
                 decltype(noun_), decltype(have_declared_), decltype(declared_)>;
};

}  // namespace ipet::windows
