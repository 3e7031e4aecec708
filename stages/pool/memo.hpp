// Values that many threads ask for, made when the first one does and kept as long as there is room.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <typeindex>
#include <utility>

namespace ipet::defence {

class Memo {
 public:
  /// Keeps values of so many bytes in all; those that were used least recently go first.
  explicit Memo(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  /// The value under this key; `make` makes it, and is called once even if several threads ask at a time: the
  /// others wait for it, so it must not run work in parallel, of which a waiting thread may be given a part.
  /// When it throws, the next one who asks tries again. T::byte_size() is what the value holds. Values of
  /// different types have different keys.
  template <typename T, typename Make>
  [[nodiscard]] std::shared_ptr<const T> get(const std::string& key, const Make& make) {
    return std::static_pointer_cast<const T>(find({typeid(T), key}, [&make] {
      auto value = std::make_shared<const T>(make());
      const std::size_t bytes = value->byte_size();
      return Made{std::move(value), bytes};
    }));
  }

 private:
  using Key = std::pair<std::type_index, std::string>;
  struct Made {
    std::shared_ptr<const void> value;  ///< null until it is made
    std::size_t bytes = 0;
  };
  struct Entry {
    std::mutex making;
    Made made;               ///< guarded by Memo::mutex_
    std::uint64_t used = 0;  ///< when last; likewise
  };

  std::shared_ptr<const void> find(const Key& key, const std::function<Made()>& make);
  void make_room();

  std::size_t most_bytes_, bytes_ = 0;
  std::uint64_t uses_ = 0;
  std::mutex mutex_;
  std::map<Key, std::shared_ptr<Entry>> entries_;
};

}  // namespace ipet::defence
