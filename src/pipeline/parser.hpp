#pragma once

#include <string_view>

#include "core/result.hpp"

struct List;
struct MemoryContextData;

namespace sqlproxy::pipeline {

// The raw parse tree of one message's text, in memory of libpg_query's that is freed with it.
//
// Belongs to the thread that made it, and trees are destroyed in the opposite order of their making (libpg_query keeps
// a thread-local stack of memory contexts). Move-only; a moved-from tree is only destroyed.
class ParseTree {
 public:
  // Errors: 42601 and its relatives with PostgreSQL's own message and position; 22021 for a zero byte; 54001 when the
  // grammar's stack is exhausted. The caller bounds the text first (see analyzer.hpp).
  [[nodiscard]] static core::Result<ParseTree> parse(std::string_view sql);

  ParseTree(ParseTree&& other) noexcept;
  ParseTree& operator=(ParseTree&&) = delete;
  ~ParseTree();

  // List of RawStmt (pg_query_tree.hpp); null for a text without statements. Valid as long as the tree.
  [[nodiscard]] const List* statements() const { return statements_; }

 private:
  explicit ParseTree(MemoryContextData* context) : context_(context) {}

  MemoryContextData* context_ = nullptr;
  const List* statements_ = nullptr;
};

}  // namespace sqlproxy::pipeline
