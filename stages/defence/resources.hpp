// What a defence is given beside its options; the same for all lines. What a particular defence works on,
// such as trained generators or recordings, it declares where it is registered, and finds here under that
// name:
//
//   catalog.component<Defence, MyDefence>("my_defence").needs<MyTable>("table", "from my_stage");
//   const auto table = resources.get<MyTable>("table");
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace ipet::defence {

class Resources {
 public:
  Resources() = default;
  explicit Resources(std::uint64_t seed_in) : seed(seed_in) {}

  /// What came for the need of that name. Null where it is optional and nothing is connected. Throws
  /// std::logic_error where it is of another type.
  template <class T>
  [[nodiscard]] std::shared_ptr<const T> get(std::string_view name) const {
    const auto found = given_.find(name);
    if (found == given_.end()) return nullptr;
    const Given& given = found->second;
    if (given.type != T::type_name || given.version != T::type_version)
      throw std::logic_error("'" + std::string(name) + "' is " + given.type + "/" +
                             std::to_string(given.version) + ", not " + std::string(T::type_name) + "/" +
                             std::to_string(T::type_version));
    return std::static_pointer_cast<const T>(given.value);
  }
  /// Null takes it away.
  template <class T>
  Resources& give(std::string name, std::shared_ptr<const T> value) {
    return give(std::move(name), std::string(T::type_name), T::type_version, std::move(value));
  }
  /// The same of a type that is known by name and version, from whoever has checked that it is the one which
  /// the defence declared.
  Resources& give(std::string name, std::string type, int version, std::shared_ptr<const void> value) {
    if (value == nullptr)
      given_.erase(name);
    else
      given_[std::move(name)] = {std::move(type), version, std::move(value)};
    return *this;
  }

  std::uint64_t seed = 0;
  /// Lines are defended again and again, with other seeds: then what is drawn at random from something given,
  /// which has a seed of its own, follows from `seed` instead.
  bool repeated = false;
  /// Called now and then by what takes long (training, planning); throws to stop it. Empty: nobody stops it.
  std::function<void()> check = {};

 private:
  struct Given {
    std::string type;
    int version = 0;
    std::shared_ptr<const void> value;
  };
  std::map<std::string, Given, std::less<>> given_;
};

}  // namespace ipet::defence
