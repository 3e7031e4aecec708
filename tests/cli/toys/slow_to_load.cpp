#include <chrono>
#include <fstream>
#include <thread>

#include "pipeline/sdk/plugin.hpp"

/// As one whose libraries are large. Says that it is being loaded in the file "begun".
IPET_PLUGIN("slow_to_load", "1.0", catalog) {
  static_cast<void>(catalog);
  std::ofstream("begun") << "1";
  for (int i = 0; i < 1000 && !std::ifstream("enough").good(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
}
