#include "stages/defence/overhead.hpp"

#include <algorithm>

namespace ipet::defence {

namespace {

Overhead::Row& row_of(std::vector<Overhead::Row>& rows, const std::string& device) {
  const auto at = std::ranges::lower_bound(rows, device, {}, &Overhead::Row::device);
  if (at != rows.end() && at->device == device) return *at;
  Overhead::Row row;
  row.device = device;
  return *rows.insert(at, std::move(row));
}

void add_counts(Overhead::Row& row, double seconds, bool covered, const Count (&user)[2],
                const Count (&dummy)[2]) {
  row.seconds += seconds;
  row.covered = row.covered || covered;
  for (std::size_t direction = 0; direction < 2; ++direction) {
    row.user[direction].add(user[direction]);
    row.dummy[direction].add(dummy[direction]);
  }
}

}  // namespace

void Overhead::add(const MixSummary& summary) {
  const double seconds = static_cast<double>(summary.last - summary.first - summary.skipped) /
                         static_cast<double>(traffic::second);
  add_counts(row_of(rows, summary.device), seconds, summary.covered, summary.user, summary.dummy);
}

void Overhead::merge(Overhead&& other) {
  for (const Row& row : other.rows)
    add_counts(row_of(rows, row.device), row.seconds, row.covered, row.user, row.dummy);
}

}  // namespace ipet::defence
