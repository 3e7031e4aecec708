// Gives files their names: all of them or none.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ipet::run {

struct Placement {
  std::filesystem::path from, to;
  /// Where an earlier file `to` goes; empty: it is replaced.
  std::filesystem::path kept;
};

/// Renames. Creates folders. Until finish() everything can be taken back.
class Publication {
 public:
  Publication() = default;
  Publication& operator=(Publication&&) = delete;

  /// Throws std::runtime_error naming the file after it has taken back what was done.
  void place(const std::vector<Placement>& placements);
  /// Forgets earlier files that were replaced, and flushes folders. Returns what a power failure may cost; ""
  /// if nothing.
  std::string finish();

 private:
  struct Done {
    Placement placement;
    std::filesystem::path earlier;  ///< a second name of the file that is replaced, until finish()
    bool replaced = false;          ///< there was an earlier file,
    bool linked = false;            ///< which has a second name,
    bool moved = false;             ///< or has another name,
    bool renamed = false;           ///< and the new one has its name
  };
  void place(Done& step);
  std::string take_back();

  std::vector<Done> done_;
  std::vector<std::filesystem::path> folders_;  ///< that were made, outer ones first
};

}  // namespace ipet::run
