// From a generator's real-valued output to one direction of a perturbation row: how many dummies and how many
// bytes of them fit a slot (stages/generator/README.md). Training rounds with the same function.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace ipet::generator {

/// One direction of one slot.
struct Row {
  std::uint16_t packets = 0, bytes = 0;
  bool operator==(const Row&) const = default;
};

/// What rows of a generator set may hold. Limits are whole numbers: a fractional limit of the definition
/// counts as the whole number below it, and none is above 65535, the largest that a row stores.
struct RowRule {
  std::uint16_t packet_limit = 0, byte_limit = 0;  ///< per slot and direction
  bool feasible = true;                            ///< RowKind::feasible; false: RowKind::free
  std::uint32_t minimum_size = 0;                  ///< bytes of the smallest dummy; feasible only
};

/// Rounds to the nearest whole number, halves to the even one (as torch.round does), within 0 .. limit.
/// NaN gives 0.
inline std::uint16_t round_within(float value, std::uint16_t limit) {
  const float rounded = std::nearbyint(value);
  if (!(rounded > 0)) return 0;
  return rounded >= static_cast<float>(limit) ? limit : static_cast<std::uint16_t>(rounded);
}

/// The largest whole number at or below a limit of the definition that a row can store.
inline std::uint16_t whole_limit(double limit) {
  if (!(limit > 0)) return 0;
  return static_cast<std::uint16_t>(
      std::min(limit, static_cast<double>(std::numeric_limits<std::uint16_t>::max())));
}

/// The row rule. p = round(packets), b = round(bytes), each within its limit. "free": that is the row.
/// "feasible" (packets = 0 exactly when bytes = 0, and bytes >= packets x minimum_size):
///  1. p = 0 or b = 0: the row is 0, 0.
///  2. p x minimum_size > byte_limit: p = floor(byte_limit / minimum_size); if that is 0, the row is 0, 0.
///  3. b = max(b, p x minimum_size), which step 2 keeps within the limit.
inline Row make_row(float packets, float bytes, const RowRule& rule) {
  Row row{round_within(packets, rule.packet_limit), round_within(bytes, rule.byte_limit)};
  if (!rule.feasible) return row;
  if (row.packets == 0 || row.bytes == 0) return {};
  const std::uint64_t size = rule.minimum_size;
  if (row.packets * size > rule.byte_limit) row.packets = static_cast<std::uint16_t>(rule.byte_limit / size);
  if (row.packets == 0) return {};
  row.bytes = std::max(row.bytes, static_cast<std::uint16_t>(row.packets * size));
  return row;
}

}  // namespace ipet::generator
