#pragma once

#include <string>

namespace sqlproxy::config {

// Something wrong, or worth a warning, at a place of a configuration file. Never holds a secret.
struct Fault {
  std::string path;
  // From 1, columns in characters; 1:1 when the file as a whole is meant.
  int line = 1;
  int column = 1;
  std::string message;

  // "FILE:LINE:COL: message"
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Fault&, const Fault&) = default;
};

}  // namespace sqlproxy::config
