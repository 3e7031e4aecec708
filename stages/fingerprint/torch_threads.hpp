#pragma once

namespace ipet::fingerprint {

/// LibTorch takes work to threads of its own unless told otherwise, once per calling thread: OpenMP keeps the
/// number of threads per thread. The parallelism here is oneTBB's.
void use_one_torch_thread();

}  // namespace ipet::fingerprint
