#include "stages/files/row_store.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>
#include <tuple>

#include <fcntl.h>
#include <unistd.h>

#include "stages/files/raw_io.hpp"
#include "stages/files/staging.hpp"

namespace ipet::storage {

namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 20;

template <class Key>
std::uint32_t number_of(std::map<Key, std::uint32_t>& numbers, const Key& key) {
  return numbers.try_emplace(key, static_cast<std::uint32_t>(numbers.size())).first->second;
}

}  // namespace

Spill::Spill(const std::filesystem::path& folder, std::string shown) : shown_(std::move(shown)) {
  descriptor_ = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor_ < 0) {
    // File systems without nameless files: EOPNOTSUPP; kernels that do not know them: EISDIR.
    if (errno != EOPNOTSUPP && errno != EISDIR) fail(errno);
    Staging staging(folder, shown_);
    const std::filesystem::path name = staging.next_name();
    descriptor_ = create_file(name, true, shown_);
    ::unlink(name.c_str());
  }
  buffer_.reserve(buffer_bytes);
}

Spill::~Spill() {
  ::close(descriptor_);
}

void Spill::fail(int error) const {
  throw StorageError(shown_ + ": " + std::generic_category().message(error));
}

std::uint64_t Spill::append(const void* data, std::size_t size) {
  const std::uint64_t offset = this->size();
  const char* bytes = static_cast<const char*>(data);
  if (buffer_.size() + size > buffer_bytes) flush();
  if (size > buffer_bytes)
    write(bytes, size);
  else
    buffer_.insert(buffer_.end(), bytes, bytes + size);
  return offset;
}

void Spill::flush() {
  write(buffer_.data(), buffer_.size());
  buffer_.clear();
}

void Spill::write(const char* data, std::size_t size) {
  if (const int error = write_at(descriptor_, written_, data, size); error != 0) fail(error);
  written_ += size;
}

void Spill::read(std::uint64_t offset, void* data, std::size_t size) {
  if (offset + size > written_) flush();
  int error = 0;
  if (read_at(descriptor_, offset, data, size, error) < size) fail(error != 0 ? error : EIO);
}

std::string text_of(const TableKey& key) {
  static constexpr const char* what[] = {"windows",       "defended windows", "packets",
                                         "mixed packets", "aggregates",       "defended aggregates"};
  return std::string(what[static_cast<int>(key.stream)]) + " of '" + key.device + "' in capture '" +
         key.capture_name + "'";
}

RowStore::RowStore(const std::filesystem::path& folder, std::string shown)
    : shown_(shown), spill_(folder, std::move(shown)) {}

void RowStore::add(const TableKey& key, const Position& position, std::size_t rows,
                   std::initializer_list<std::span<const std::byte>> parts) {
  constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
  if (rows > most) throw StorageError(shown_ + ": a message of too many rows");
  const std::uint64_t offset = spill_.size();
  for (const std::span<const std::byte> part : parts) spill_.append(part.data(), part.size());
  const std::uint64_t bytes = spill_.size() - offset;
  if (bytes > most) throw StorageError(shown_ + ": " + text_of(key) + ": a message of more than 4 GiB");
  segments_.push_back({position.sequence, offset, static_cast<std::uint32_t>(rows),
                       static_cast<std::uint32_t>(bytes), number_of(table_numbers_, key),
                       number_of(lane_numbers_, position.lane)});
}

std::vector<StoredTable> RowStore::tables() {
  std::vector<const std::string*> lanes(lane_numbers_.size());
  std::vector<std::uint32_t> lane_rank(lane_numbers_.size()), table_rank(table_numbers_.size());
  std::uint32_t rank = 0;
  for (const auto& [name, number] : lane_numbers_) {
    lanes[number] = &name;
    lane_rank[number] = rank++;
  }
  rank = 0;
  for (const auto& [key, number] : table_numbers_) table_rank[number] = rank++;
  const auto order = [&](const Segment& s) {
    return std::tuple(table_rank[s.table], lane_rank[s.lane], s.sequence);
  };
  std::ranges::sort(segments_, [&](const Segment& a, const Segment& b) { return order(a) < order(b); });

  std::vector<StoredTable> out;
  auto first = segments_.cbegin();
  for (const auto& [key, number] : table_numbers_) {
    auto last = first;
    std::uint64_t rows = 0;
    for (; last != segments_.cend() && last->table == number; ++last) rows += last->rows;
    out.push_back({key, rows, {first, last}});
    check(out.back(), lanes);
    first = last;
  }
  return out;
}

void RowStore::check(const StoredTable& table, const std::vector<const std::string*>& lanes) const {
  for (std::size_t i = 1; i < table.segments.size(); ++i) {
    const Segment &a = table.segments[i - 1], &b = table.segments[i];
    if (a.lane == b.lane && a.sequence == b.sequence)
      throw StorageError(shown_ + ": message " + std::to_string(a.sequence) + " of lane '" + *lanes[a.lane] +
                         "' came twice");
    // A stage gives all of one device in one capture in one lane.
    if (a.lane != b.lane)
      throw StorageError(shown_ + ": two inputs give " + text_of(table.key) + " (lanes '" + *lanes[a.lane] +
                         "' and '" + *lanes[b.lane] + "'); write them to two files");
  }
}

}  // namespace ipet::storage
