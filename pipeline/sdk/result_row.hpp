// What a stage found, in single rows: for the table over the points of a sweep.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "pipeline/sdk/context.hpp"

namespace ipet {

/// Text by column, in order. Rows of several stages need not have the same columns.
struct ResultRow {
  using Cells = std::vector<std::pair<std::string, std::string>>;
  Cells shown;   ///< for people: {"macro F1 (95 %)", "0.74 (0.72..0.76)"}
  Cells stored;  ///< for programs, one number in a cell: {"macro_f1", "0.7403"}; "" where there is none
};

/// A context that wants to know. Apart from StageContext, as MadeListener is.
class ResultListener {
 public:
  virtual ~ResultListener() = default;
  virtual void result(ResultRow row) = 0;
};

/// Tells one row of what the stage found; several calls give several rows, in their order.
inline void tell_result(StageContext& context, ResultRow row) {
  if (auto* listener = dynamic_cast<ResultListener*>(&context)) listener->result(std::move(row));
}

}  // namespace ipet
