#include "pipeline/tree_walker.hpp"

#include <algorithm>

namespace sqlproxy::pipeline {

TreeWalker::TreeWalker(Statement& statement, std::size_t& steps_left)
    : references_(statement),
      shape_(statement.shape),
      steps_left_(steps_left),
      memory_(initial_memory_.data(), initial_memory_.size()),
      tasks_(&memory_),
      column_uses_(&memory_) {
  tasks_.reserve(24);
}

TreeWalker::Outcome TreeWalker::walk(const Node* root) {
  root_ = root;
  push(Context{.taker = {ScopeTaker::Kind::result}}, root);
  while (!tasks_.empty()) {
    const Task task = tasks_.back();
    tasks_.pop_back();
    const std::size_t first_child = tasks_.size();
    if (!visit(task)) return Outcome::not_understood;
    // The first child comes first, so that references are found about in the order of the text.
    std::reverse(tasks_.begin() + static_cast<std::ptrdiff_t>(first_child), tasks_.end());
    spend(1);
    if (steps_left_ == 0 || references_.overflowed() || shape_.overflowed()) return Outcome::too_complex;
  }
  spend(column_uses_.cost());
  if (steps_left_ == 0) return Outcome::too_complex;
  column_uses_.mark_objects(references_.statement());
  shape_.finish();
  return Outcome::complete;
}

bool TreeWalker::visit(const Task& task) {
  const Node* node = task.node;
  const Context inner = task.context.inside();
  switch (nodeTag(node)) {
    case T_List:
      for (const ListCell& cell : cells(&as<List>(node))) push_node(node_in(cell), task.context);
      return true;
    case T_ResTarget:
      push_node(as<ResTarget>(node).val, task.context);
      push(inner, as<ResTarget>(node).indirection);
      return true;
    case T_FuncCall: read_call(as<FuncCall>(node), inner, task.context.certain); return true;
    case T_ColumnRef: read_column(as<ColumnRef>(node), task.context); return true;
    default: break;
  }
  return visit_expression(node, inner) || visit_from(node, task.context) || visit_query(node, task.context) ||
         visit_definition(node, inner) || visit_table_statement(node, inner) || visit_access_statement(node, inner) ||
         visit_object_statement(node, inner) || visit_server_statement(node, inner) ||
         visit_session_statement(node, inner);
}

}  // namespace sqlproxy::pipeline
