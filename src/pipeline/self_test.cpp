#include "pipeline/self_test.hpp"

#include "pipeline/pg_query_tree.hpp"

namespace sqlproxy::pipeline {

bool parser_is_sound() {
  return tree_layout_is_sound();
}

}  // namespace sqlproxy::pipeline
