#pragma once

#include <memory>
#include <string_view>

#include "pipeline/analysis.hpp"
#include "pipeline/cache_key.hpp"
#include "pipeline/parse_cache.hpp"
#include "pipeline/recent_texts.hpp"
#include "pipeline/text_guard.hpp"

namespace sqlproxy::pipeline {

// The first half of the pipeline: from the text of a Query or Parse message to its analysis, through the parse cache.
// One per worker; not thread-safe.
class TextAnalyzer {
 public:
  struct Outcome {
    // Null from find() only. With Analysis::error the text must not reach a server.
    std::shared_ptr<const Analysis> analysis;
    bool cache_hit = false;
  };

  TextAnalyzer(TextLimits limits, const ParseCacheLimits& cache_limits);

  // Bounded in time and memory whatever the text holds; never throws on it. analyze() is find(), and on a miss
  // analyze_anew() and keep().
  [[nodiscard]] Outcome analyze(std::string_view sql, TextEncoding encoding);

  // The three parts, for texts whose analysis takes so long that another thread makes it. find(): the cached analysis,
  // or that of a text whose length or bytes are refused; null: it has to be made.
  [[nodiscard]] Outcome find(std::string_view sql, TextEncoding encoding);
  // Thread-safe, knows no cache.
  [[nodiscard]] static std::shared_ptr<const Analysis> analyze_anew(std::string_view sql, const TextLimits& limits);
  void keep(std::string_view sql, std::shared_ptr<const Analysis> analysis);
  [[nodiscard]] TextLimits limits(TextEncoding encoding) const;

  // For texts that come from now on; what is cached stays.
  void set_limits(TextLimits limits) {
    limits_ = limits;
    // They are found without a look at the limits.
    recent_.clear();
  }

  [[nodiscard]] const ParseCache& cache() const { return cache_; }

 private:
  TextLimits limits_;
  RecentTexts recent_;
  CacheKeyMaker keys_;
  ParseCache cache_;
};

}  // namespace sqlproxy::pipeline
