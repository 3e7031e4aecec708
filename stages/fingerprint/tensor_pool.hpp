// Memory of tensors that are made and dropped at every step.
#pragma once

#include <torch/types.h>

namespace ipet::fingerprint {

/// A float32 tensor without values, in memory that this thread's earlier ones no longer use. Freshly mapped
/// memory costs page faults, which were a sixth of a training step. Each thread keeps its last few, so this
/// is for what is needed again and again.
torch::Tensor reused(torch::IntArrayRef sizes);

}  // namespace ipet::fingerprint
