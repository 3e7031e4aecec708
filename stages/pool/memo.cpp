#include "stages/pool/memo.hpp"

namespace ipet::defence {

std::shared_ptr<const void> Memo::find(const Key& key, const std::function<Made()>& make) {
  std::shared_ptr<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<Entry>& found = entries_[key];
    if (found == nullptr) found = std::make_shared<Entry>();
    entry = found;
    entry->used = ++uses_;
    if (entry->made.value != nullptr) return entry->made.value;
  }
  const std::lock_guard making(entry->making);
  {
    const std::lock_guard lock(mutex_);
    if (entry->made.value != nullptr) return entry->made.value;  // by whom this thread has waited for
  }
  Made made = make();
  const std::lock_guard lock(mutex_);
  entry->made = made;
  bytes_ += made.bytes;
  make_room();
  return made.value;
}

void Memo::make_room() {
  while (bytes_ > most_bytes_) {
    auto oldest = entries_.end();
    for (auto each = entries_.begin(); each != entries_.end(); ++each)
      if (each->second->made.value != nullptr &&
          (oldest == entries_.end() || each->second->used < oldest->second->used))
        oldest = each;
    bytes_ -= oldest->second->made.bytes;
    entries_.erase(oldest);
  }
}

}  // namespace ipet::defence
