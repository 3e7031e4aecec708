// XGBoost's C API (Chen and Guestrin 2016) behind a class, one thread each. Internal to this folder.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "stages/forest/trees.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::forest {

/// Rows of `columns` finite numbers that XGBoost has copied.
class XgMatrix {
 public:
  /// Throws std::runtime_error with XGBoost's reason, as everything here does.
  XgMatrix(std::span<const float> values, std::size_t columns);
  XgMatrix& operator=(XgMatrix&&) = delete;
  ~XgMatrix();

  void set_labels(std::span<const std::uint16_t> labels);
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] void* handle() const { return handle_; }

 private:
  std::size_t rows_;
  void* handle_ = nullptr;
};

/// One model that is being grown.
class XgBooster {
 public:
  /// `matrices` are those that it will be asked about while it grows; they must outlive it.
  explicit XgBooster(const std::vector<const XgMatrix*>& matrices);
  XgBooster& operator=(XgBooster&&) = delete;
  ~XgBooster();

  template <class T>
  void set(const char* name, const T& value) {
    if constexpr (std::is_convertible_v<T, std::string>)
      set_text(name, value);
    else if constexpr (std::is_floating_point_v<T>)
      set_text(name, traffic::number_text(value));
    else
      set_text(name, std::to_string(value));
  }
  /// One more round against the objective that was set.
  void update(int round, const XgMatrix& training);
  /// One more round against these gradients.
  void boost(const XgMatrix& training, std::vector<float>& gradient, std::vector<float>& curvature);
  /// With `margin`, sums of leaf values, else what the objective makes of them; [row, output].
  [[nodiscard]] std::vector<float> predict(const XgMatrix& asked, bool margin) const;
  /// All trees in the order in which they were grown. Of a model with several outputs, tree t is of output
  /// t mod outputs.
  [[nodiscard]] Trees trees() const;

 private:
  void set_text(const char* name, const std::string& value);
  void* handle_ = nullptr;
};

}  // namespace ipet::forest
