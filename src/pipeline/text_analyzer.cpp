#include "pipeline/text_analyzer.hpp"

#include <cstdint>

#include "core/random.hpp"
#include "pipeline/analyzer.hpp"
#include "pipeline/normalizer.hpp"

namespace sqlproxy::pipeline {
namespace {

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  core::random_bytes(&seed, sizeof seed);
  return seed;
}

std::shared_ptr<const Analysis> refused(std::string_view sql, core::Error error) {
  auto analysis = std::make_shared<Analysis>();
  analysis->error = std::move(error);
  // The texts that are refused unread may be huge; what the audit shows of them is bounded.
  constexpr std::size_t kShown = 4096;
  NormalizedText shown = normalize_unparsed(sql.substr(0, kShown));
  analysis->normalized = std::move(shown.text);
  analysis->fingerprint = shown.fingerprint;
  return analysis;
}

}  // namespace

TextAnalyzer::TextAnalyzer(TextLimits limits, const ParseCacheLimits& cache_limits)
    : limits_(limits), recent_(random_seed()), keys_(random_seed()), cache_(cache_limits) {}

TextLimits TextAnalyzer::limits(TextEncoding encoding) const {
  TextLimits limits = limits_;
  limits.encoding = encoding;
  return limits;
}

TextAnalyzer::Outcome TextAnalyzer::analyze(std::string_view sql, TextEncoding encoding) {
  if (Outcome found = find(sql, encoding); found.analysis) return found;
  auto analysis = analyze_anew(sql, limits(encoding));
  keep(sql, analysis);
  return {std::move(analysis), false};
}

TextAnalyzer::Outcome TextAnalyzer::find(std::string_view sql, TextEncoding encoding) {
  if (auto recent = recent_.find(sql, encoding)) {
    cache_.count_hit();
    return {std::move(recent), true};
  }
  if (auto bytes = check_bytes(sql, limits(encoding)); !bytes) return {refused(sql, std::move(bytes).error()), false};
  const CacheKey key = keys_.make(sql);
  auto cached = cache_.find(key);
  const bool hit = cached != nullptr;
  // With literals in it, it seldom comes again byte for byte.
  if (hit && key.literal_free) recent_.keep(sql, encoding, cached);
  return {std::move(cached), hit};
}

std::shared_ptr<const Analysis> TextAnalyzer::analyze_anew(std::string_view sql, const TextLimits& limits) {
  if (auto text = check_text(sql, limits); !text) return refused(sql, std::move(text).error());
  Analysis analysis = sqlproxy::pipeline::analyze(sql);
  if (analysis.error) return refused(sql, std::move(*analysis.error));
  for (Statement& statement : analysis.statements) {
    NormalizedText normalized = normalize(sql.substr(statement.offset, statement.length));
    statement.normalized = std::move(normalized.text);
    statement.fingerprint = normalized.fingerprint;
  }
  return std::make_shared<const Analysis>(std::move(analysis));
}

void TextAnalyzer::keep(std::string_view sql, std::shared_ptr<const Analysis> analysis) {
  if (!analysis->error) cache_.insert(keys_.make(sql), std::move(analysis));
}

}  // namespace sqlproxy::pipeline
