#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/judgement.hpp"
#include "pipeline/name_scope.hpp"

namespace sqlproxy::frontend {

class StatementGate;

// A cursor that a DECLARE has opened, or was to open.
struct DeclaredCursor {
  std::string name;
  // The DECLARE.
  std::shared_ptr<const pipeline::Analysis> analysis;
  std::size_t index = 0;
  // How its names were read, and what the policy says of them. The judgement is the newest.
  pipeline::NameScope scope;
  JudgementPtr judgement;
  // StatementGate::configuration() of the judgement.
  std::uint64_t configuration = 0;
  // Of its message (ReplyTracker).
  std::uint32_t group = 0;

  [[nodiscard]] const pipeline::Statement& statement() const { return analysis->statements[index]; }
};

// The cursors of a session, so that what FETCH reads is judged by the policy of then, and is in the audit. They are
// kept for longer than they last rather than shorter: of a name that was declared twice nobody knows here which DECLARE
// has failed, so a FETCH is both. Owned by the session; not thread-safe.
class DeclaredCursors {
 public:
  // Of more than these the oldest are forgotten; after a reload nothing is read then that is not known here.
  static constexpr std::size_t kMax = 256;

  // Again for the same message does nothing.
  void add(DeclaredCursor cursor);
  // CLOSE has succeeded.
  void close(std::string_view name);
  void close_all();
  // The transaction of the messages up to `group` is over: what is not WITH HOLD is gone with it.
  void on_idle(std::uint32_t group);

  [[nodiscard]] bool empty() const { return cursors_.empty(); }
  // `own` of a FETCH, a MOVE or an Execute with what the cursors of that name read, by the configuration of now.
  [[nodiscard]] JudgementPtr judge(std::string_view name, const JudgementPtr& own, StatementGate& gate);
  // Those of that name, oldest first. Valid until the next change.
  [[nodiscard]] std::vector<DeclaredCursor*> find(std::string_view name);

 private:
  std::vector<DeclaredCursor> cursors_;
  // The configuration by which the first one that was forgotten had been judged.
  std::optional<std::uint64_t> forgotten_;
};

}  // namespace sqlproxy::frontend
