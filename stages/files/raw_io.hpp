// Whole reads and writes at a place of a file.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ipet::storage {

/// 0, or the errno of what went wrong; ENOSPC where nothing is taken. Then `done`, if not null, is how much
/// was written.
int write_at(int descriptor, std::uint64_t offset, const void* data, std::size_t size,
             std::size_t* done = nullptr);

/// How much was read: less than `size` at the end of the file, and where `error`, then an errno, is not 0.
std::size_t read_at(int descriptor, std::uint64_t offset, void* data, std::size_t size, int& error);

}  // namespace ipet::storage
