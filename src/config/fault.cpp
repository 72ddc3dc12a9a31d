#include "config/fault.hpp"

namespace sqlproxy::config {

std::string Fault::text() const {
  return path + ':' + std::to_string(line) + ':' + std::to_string(column) + ": " + message;
}

}  // namespace sqlproxy::config
