#include "frontend/declared_cursors.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "frontend/statement_gate.hpp"

namespace sqlproxy::frontend {
namespace {

core::Error too_many() {
  return core::make_error(core::ErrorCode::denied, core::sqlstate::kInsufficientPrivilege,
                          "permission denied for cursor",
                          "The configuration was reloaded, and the session has declared more than " +
                              std::to_string(DeclaredCursors::kMax) + " cursors.",
                          "CLOSE ALL, and declare it again.");
}

}  // namespace

void DeclaredCursors::add(DeclaredCursor cursor) {
  const bool known = std::ranges::any_of(cursors_, [&](const DeclaredCursor& other) {
    return other.group == cursor.group && other.analysis == cursor.analysis && other.index == cursor.index;
  });
  if (known) return;
  if (cursors_.size() == kMax) {
    if (!forgotten_) forgotten_ = cursors_.front().configuration;
    cursors_.erase(cursors_.begin());
  }
  cursors_.push_back(std::move(cursor));
}

void DeclaredCursors::close(std::string_view name) {
  std::erase_if(cursors_, [name](const DeclaredCursor& cursor) { return cursor.name == name; });
}

void DeclaredCursors::close_all() {
  cursors_.clear();
  forgotten_.reset();
}

void DeclaredCursors::on_idle(std::uint32_t group) {
  std::erase_if(cursors_, [group](const DeclaredCursor& cursor) {
    return cursor.group <= group && !cursor.statement().cursor.with_hold;
  });
}

JudgementPtr DeclaredCursors::judge(std::string_view name, const JudgementPtr& own, StatementGate& gate) {
  JudgementPtr judgement = own;
  const std::vector<DeclaredCursor*> found = find(name);
  if (found.empty() && forgotten_ && *forgotten_ != gate.configuration()) {
    return gate.deny(own, too_many(), "what the cursor reads is not known any more");
  }
  for (DeclaredCursor* cursor : found) {
    if (cursor->configuration != gate.configuration()) {
      cursor->judgement = gate.rejudge(*cursor->judgement, *cursor->analysis, cursor->index, cursor->scope);
      cursor->configuration = gate.configuration();
    }
    judgement = StatementGate::with_executed(judgement, cursor->judgement);
    if (!judgement->allowed()) return judgement;
  }
  return judgement;
}

std::vector<DeclaredCursor*> DeclaredCursors::find(std::string_view name) {
  std::vector<DeclaredCursor*> found;
  for (DeclaredCursor& cursor : cursors_) {
    if (cursor.name == name) found.push_back(&cursor);
  }
  return found;
}

}  // namespace sqlproxy::frontend
