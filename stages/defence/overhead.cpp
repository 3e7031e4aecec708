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

/// `part` is a MixSummary or a row.
template <class Part>
void add_part(Overhead::Row& row, double seconds, const Part& part) {
  row.seconds += seconds;
  row.covered = row.covered || part.covered;
  row.delayed = row.delayed || part.delayed;
  for (std::size_t direction = 0; direction < 2; ++direction) {
    row.user[direction].add(part.user[direction]);
    row.dummy[direction].add(part.dummy[direction]);
    row.sent[direction].add(part.sent[direction]);
  }
  row.delays.add(part.delays);
  row.unsent_bytes += part.unsent_bytes;
  row.misdirected_bytes += part.misdirected_bytes;
  row.peak_second = std::max(row.peak_second, part.peak_second);
  row.exposed_minutes += part.exposed_minutes;
}

}  // namespace

void Overhead::add(const MixSummary& summary) {
  const double seconds = static_cast<double>(summary.last - summary.first - summary.skipped) /
                         static_cast<double>(traffic::second);
  add_part(row_of(rows, summary.device), seconds, summary);
}

void Overhead::merge(Overhead&& other) {
  for (const Row& row : other.rows) add_part(row_of(rows, row.device), row.seconds, row);
}

}  // namespace ipet::defence
