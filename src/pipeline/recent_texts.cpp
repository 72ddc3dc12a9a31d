#include "pipeline/recent_texts.hpp"

#include "pipeline/fingerprint.hpp"

namespace sqlproxy::pipeline {

std::shared_ptr<const Analysis> RecentTexts::find(std::string_view sql, TextEncoding encoding) const {
  if (slots_.empty() || sql.size() > kMaxText) return nullptr;
  const Slot& slot = slots_[place_of(sql)];
  return slot.encoding == encoding && slot.text == sql ? slot.analysis : nullptr;
}

void RecentTexts::keep(std::string_view sql, TextEncoding encoding, const std::shared_ptr<const Analysis>& analysis) {
  if (sql.size() > kMaxText) return;
  if (slots_.empty()) slots_.resize(kSlots);
  Slot& slot = slots_[place_of(sql)];
  slot.text = sql;
  slot.encoding = encoding;
  slot.analysis = analysis;
}

std::size_t RecentTexts::place_of(std::string_view sql) const {
  return static_cast<std::size_t>(hash_text(sql, seed_)) % kSlots;
}

}  // namespace sqlproxy::pipeline
