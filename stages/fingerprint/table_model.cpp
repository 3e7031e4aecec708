#include "stages/fingerprint/table_model.hpp"

#include <stdexcept>

namespace ipet::fingerprint {

std::shared_ptr<Model> TableModel::create(const ModelShape&, traffic::Random&) const {
  throw std::logic_error("this model is no network");
}

}  // namespace ipet::fingerprint
