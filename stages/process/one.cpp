#include "stages/process/one.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace ipet::process::detail {

void* find(std::string_view name, void* (*make)()) {
  // Never destroyed: objects of other libraries may ask while the process ends.
  static auto& mutex = *new std::mutex;
  static auto& all = *new std::map<std::string, void*, std::less<>>;
  const std::lock_guard lock(mutex);
  auto known = all.find(name);
  if (known == all.end()) known = all.emplace(name, make()).first;
  return known->second;
}

}  // namespace ipet::process::detail
