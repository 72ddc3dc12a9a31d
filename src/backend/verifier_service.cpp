#include "backend/verifier_service.hpp"

#include "backend/verifier_query.hpp"

namespace sqlproxy::backend {
namespace {

bool same(const VerifierSettings& a, const VerifierSettings& b) {
  return a.ca_file == b.ca_file && a.query == b.query && a.lifetime == b.lifetime && *a.target == *b.target;
}

}  // namespace

std::shared_ptr<VerifierSource> VerifierService::source(const VerifierSettings& settings) {
  const std::scoped_lock lock(mutex_);
  // Nobody can take a reference to these but through here.
  std::erase_if(entries_,
                [&](const Entry& entry) { return entry.source.use_count() == 1 && !same(entry.settings, settings); });
  for (const Entry& entry : entries_) {
    if (same(entry.settings, settings)) return entry.source;
  }
  auto lookup = std::make_unique<VerifierQuery>(settings.target, settings.ca_file, settings.query);
  auto source = std::make_shared<VerifierSource>(std::move(lookup), settings.lifetime);
  entries_.push_back({settings, source});
  return source;
}

void VerifierService::stop() {
  const std::scoped_lock lock(mutex_);
  for (const Entry& entry : entries_) entry.source->stop();
}

}  // namespace sqlproxy::backend
