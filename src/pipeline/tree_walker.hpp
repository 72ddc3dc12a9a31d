#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory_resource>
#include <span>
#include <string_view>
#include <vector>

#include "pipeline/column_uses.hpp"
#include "pipeline/pg_query_tree.hpp"
#include "pipeline/reference_collector.hpp"
#include "pipeline/setting_call.hpp"
#include "pipeline/shape_recorder.hpp"

namespace sqlproxy::pipeline {

// The one walk over a statement's tree. It visits every node that PostgreSQL 15's grammar can produce, knows what each
// kind may refer to, and gives up on a node that it does not know: a construct is never passed over.
//
// The nodes still to visit wait on a list of the walker's own, not on the thread's stack, so that depth costs memory in
// proportion to the text and nothing else. Each carries the Context it is to be read in.
//
// The visitors are spread over sources by what they read: tree_walker_expressions, _queries, _definitions (parts of
// DDL), _tables, _objects, _access, _server (DDL statements) and _session (all other statements). Used once, by one
// thread; the tree outlives it.
class TreeWalker {
 public:
  enum class Outcome { complete, not_understood, too_complex };

  // Nodes visited and names compared, for one message. A text of 300,000 tokens (TextLimits) has fewer than a million
  // nodes; what is beyond the bound compares thousands of WITH names with thousands of references.
  static constexpr std::size_t kMaxSteps = 4'000'000;

  // `steps_left` is the message's, shared by the walks over its statements.
  TreeWalker(Statement& statement, std::size_t& steps_left);

  // Records all that `root`, a statement, refers to. After any outcome but `complete` the Statement is of no use.
  [[nodiscard]] Outcome walk(const Node* root);

 private:
  // A WITH clause's names, as far as they can be seen: those before `visible`.
  struct CteFrame {
    const CteFrame* outer = nullptr;
    const List* ctes = nullptr;
    std::size_t visible = 0;
    std::uint32_t first = kNoIndex;  // of its queries, in QueryShape::common_tables
  };

  // The table that an enclosing INSERT, UPDATE, DELETE, MERGE or COPY FROM changes, where its columns can be seen.
  struct WriteTarget {
    const WriteTarget* outer = nullptr;
    std::size_t object = 0;  // index in Statement::objects
    std::string_view name;   // alias or table name
  };

  // What surrounds a node.
  struct Context {
    const CteFrame* ctes = nullptr;
    const WriteTarget* target = nullptr;
    // Of FROM's items only: FOR UPDATE/SHARE that applies to all of them, and the clauses that name some.
    const List* locking = nullptr;
    bool lock_all = false;
    // Likewise: the query selects a bare `*`.
    bool starred = false;
    // What stands here is evaluated exactly once, whatever the data: a column of a SELECT without FROM and WHERE.
    bool certain = false;
    // The conditions of a query are around it.
    bool filters = false;
    ColumnUse::Lookup lookup = ColumnUse::Lookup::columns;
    // Where names stand; of FROM's items: the query that they belong to.
    Place place{};
    std::uint32_t output = kNoIndex;
    // Of FROM's items only: the join that they are a side of.
    std::uint32_t join = kNoIndex;
    // Of queries only: who asks for their scope.
    ScopeTaker taker{};

    // For a part of the node that is no item of FROM and may be evaluated any number of times.
    [[nodiscard]] Context inside() const {
      return Context{.ctes = ctes, .target = target, .filters = filters, .place = place, .output = output};
    }
    // Likewise, but in a condition.
    [[nodiscard]] Context condition() const {
      Context context = inside();
      context.filters = true;
      return context;
    }
    // For a query that is read next.
    [[nodiscard]] Context taken_by(ScopeTaker::Kind kind, std::uint32_t owner = kNoIndex,
                                   std::uint32_t item = kNoIndex) const {
      Context context = inside();
      context.taker = {kind, owner, item};
      return context;
    }
    // For the items of FROM, and whatever else sees nothing of its own query.
    [[nodiscard]] Context blind() const {
      Context context = inside();
      context.place.sight = Place::Sight::nothing;
      return context;
    }
  };

  struct Task {
    const Node* node;
    Context context;
  };

  template <class... N>
  void push(const Context& context, const N*... nodes) {
    (push_node(reinterpret_cast<const Node*>(nodes), context), ...);
  }
  void push_node(const Node* node, const Context& context) {
    if (node != nullptr) tasks_.push_back(Task{node, context});
  }
  void spend(std::size_t steps) { steps_left_ -= std::min(steps, steps_left_); }

  template <class T>
  [[nodiscard]] const T* keep(const T& frame);

  // Each returns false when the node is none of its own. `context` is without locking and certainty but for visit_from.
  [[nodiscard]] bool visit(const Task& task);
  [[nodiscard]] bool visit_expression(const Node* node, const Context& context);
  [[nodiscard]] bool visit_rare_expression(const Node* node, const Context& context);
  [[nodiscard]] bool visit_from(const Node* node, const Context& context);
  [[nodiscard]] bool visit_query(const Node* node, const Context& context);
  [[nodiscard]] bool visit_definition(const Node* node, const Context& context);
  [[nodiscard]] bool visit_index_part(const Node* node, const Context& context);
  [[nodiscard]] bool visit_table_statement(const Node* node, const Context& context);
  [[nodiscard]] bool visit_table_attachment(const Node* node, const Context& context);
  [[nodiscard]] bool visit_object_statement(const Node* node, const Context& context);
  [[nodiscard]] bool visit_type_statement(const Node* node, const Context& context);
  [[nodiscard]] bool visit_alteration(const Node* node, const Context& context);
  [[nodiscard]] bool visit_access_statement(const Node* node, const Context& context);
  [[nodiscard]] bool visit_server_statement(const Node* node, const Context& context);
  [[nodiscard]] bool visit_foreign_statement(const Node* node, const Context& context);
  [[nodiscard]] bool visit_session_statement(const Node* node, const Context& context);
  [[nodiscard]] bool visit_maintenance(const Node* node, const Context& context);

  // Expressions.
  void read_column(const ColumnRef& column, const Context& context);
  void read_operator_expression(const A_Expr& expression);
  void read_call(const FuncCall& call, const Context& context, bool certain);
  void read_indirection(const A_Indirection& indirection, const Context& context);

  // Queries.
  [[nodiscard]] const CteFrame* open_with(const WithClause* with, const Context& context);
  // Its index in QueryShape::common_tables, or kNoIndex.
  [[nodiscard]] std::uint32_t find_cte(std::string_view name, const CteFrame* frame);
  [[nodiscard]] bool is_locked(std::string_view name, const Context& context);
  void read_from_relation(const RangeVar& relation, const Context& context);
  // Opens the scope of a query or of a statement that changes rows; the result is for what is in it.
  [[nodiscard]] Context open_scope(const Context& context);
  void read_select(const SelectStmt& select, const Context& context);
  void read_targets(const SelectStmt& select, std::uint32_t scope, const Context& context);
  void read_grouping(const List* items, const Context& context);
  void read_ordering(const List* items, const Context& context);
  void read_join(const JoinExpr& join, const Context& context);
  void read_range_function(const RangeFunction& function, const Context& context);
  void read_settings_view(const SelectStmt& select);
  void read_insert(const InsertStmt& insert, const Context& context);
  void read_update(const UpdateStmt& update, const Context& context);
  void read_delete(const DeleteStmt& remove, const Context& context);
  void read_merge(const MergeStmt& merge, const Context& context);
  void read_copy(const CopyStmt& copy, const Context& context);
  void read_conflict(const OnConflictClause& conflict, std::size_t object, const Context& context);
  void read_returning(const List* returning, const Context& context);
  [[nodiscard]] Context with_target(const Context& context, const RangeVar& relation, std::size_t object);

  // DDL.
  void read_create_table(const CreateStmt& create, const Context& context);
  void read_alter_table_command(const AlterTableCmd& command, const Context& context);
  void read_create_schema(const CreateSchemaStmt& create, const Context& context);
  void read_create_function(const CreateFunctionStmt& create, const Context& context);
  void read_define(const DefineStmt& define, const Context& context);
  void read_definition_options(const List* options, const Context& context);
  void read_rename(const RenameStmt& rename, const Context& context);
  void read_set_schema(const AlterObjectSchemaStmt& alter, const Context& context);
  void read_grant(const GrantStmt& grant, const Context& context);
  void read_grant_object(ObjectType type, const Node* object, const Context& context);
  void read_sequence_options(const List* options, const Context& context);
  void read_handlers(const List* options);
  void read_publication_objects(const List* objects, const Context& context);
  void read_foreign_options(const List* options);
  // A node that names an object of `type`, in any of the forms that DROP, COMMENT, ALTER and others use.
  void read_named_object(ObjectType type, const Node* object, StatementTypes required, const Context& context);
  void read_named_list(ObjectType type, const List* name, StatementTypes required, const Context& context);
  // The object of a statement that names relations by `relation` and all else by `object`.
  void read_altered_object(ObjectType type, const RangeVar* relation, const Node* object, const Context& context);
  void read_function_reference(const ObjectWithArgs* function, const Context& context);

  // All other statements.
  void read_lock(const LockStmt& statement);

  ReferenceCollector references_;
  ShapeRecorder shape_;
  std::size_t& steps_left_;
  const Node* root_ = nullptr;
  SettingsViewQuery settings_view_;
  // Enough for the frames and the waiting nodes of an ordinary statement.
  std::array<std::byte, 4096> initial_memory_;
  std::pmr::monotonic_buffer_resource memory_;
  std::pmr::vector<Task> tasks_;
  ColumnUses column_uses_;
};

}  // namespace sqlproxy::pipeline
