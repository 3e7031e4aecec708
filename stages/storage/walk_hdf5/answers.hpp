// What ipet-walk-hdf5 says to the program that started it: its exit code.
#pragma once

namespace ipet::storage::walk {

enum Answer { done = 0, wrong_arguments = 2, out_of_memory = 3 };

/// The child's limit.
inline constexpr unsigned long memory_mib = 4096;

}  // namespace ipet::storage::walk
