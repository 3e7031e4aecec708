// What attackers and filters say.
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "stages/model/observer.hpp"

namespace ipet::attack::test {

struct Notes : fingerprint::Observer {
  void info(std::string_view text) override { texts.emplace_back(text); }
  std::vector<std::string> texts;
};

/// Of the error that a call ends with.
inline std::string message(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace ipet::attack::test
