#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backend/server_target.hpp"
#include "backend/verifier_source.hpp"

namespace sqlproxy::backend {

// How the verifiers of a database's users are looked up.
struct VerifierSettings {
  // The database to ask, and as whom: a password.
  std::shared_ptr<const ServerTarget> target;
  std::string ca_file;
  std::string query;
  std::chrono::milliseconds lifetime{0};
};

// The verifier sources of all databases; equal settings share one. One per process; outlives the workers. Thread-safe.
class VerifierService {
 public:
  VerifierService() = default;
  VerifierService(const VerifierService&) = delete;
  VerifierService& operator=(const VerifierService&) = delete;

  // Connects to nothing yet. May wait for the thread of a source that nobody uses any more: not for workers.
  [[nodiscard]] std::shared_ptr<VerifierSource> source(const VerifierSettings& settings);
  // Answers everybody who waits, and refuses whoever asks afterwards.
  void stop();

 private:
  struct Entry {
    VerifierSettings settings;
    std::shared_ptr<VerifierSource> source;
  };

  std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace sqlproxy::backend
