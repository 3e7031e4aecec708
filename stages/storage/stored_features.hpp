// Features of windows that stay in the result file they were read from.
#pragma once

#include <memory>
#include <utility>

#include "stages/storage/result_reader.hpp"
#include "stages/windows/feature_store.hpp"

namespace ipet::storage {

/// Features of one stream of windows; keeps the file open. HDF5 is one thread's at a time, so readers wait
/// for each other. Throws StorageError when the file vanished or changed since it was opened: its windows
/// would not be those that were labelled.
class StoredFeatures final : public windows::FeatureStore {
 public:
  StoredFeatures(std::shared_ptr<const ResultReader> reader, Stream stream)
      : reader_(std::move(reader)), stream_(stream) {}
  void read(std::span<const std::uint64_t> rows, float* out) const override {
    reader_->read_features(stream_, rows, out);
  }

 private:
  std::shared_ptr<const ResultReader> reader_;
  Stream stream_;
};

}  // namespace ipet::storage
