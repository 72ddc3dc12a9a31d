#pragma once

// The one place that knows how libpg_query lays out its parse tree: the C structs of PostgreSQL's own headers, read in
// place. Only sources include it, never a header that other folders see: it brings PostgreSQL's names (Node, List,
// String) into the global namespace.
//
// What differs between those headers (postgresql-server-dev-15) and libpg_query 15-4.0.0, and is therefore not read
// anywhere: the values of LimitOption (the library: default 0, count 1, with ties 2), and CreateStatsStmt::owner, which
// the library has no room for. Memory contexts (palloc, CurrentMemoryContext) must not be used: they are thread-local
// in the library and plain in the header.

// PostgreSQL's port.h replaces functions of <cstdio> and <cstring> by macros: the standard headers come first, and the
// macros go afterwards.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

extern "C" {
// In this order: pg_query_internal.h uses the types of pg_query.h.
// clang-format off
#include <pg_query.h>
#include <pg_query_internal.h>
// clang-format on
#include <nodes/parsenodes.h>
#include <nodes/value.h>
}

#undef DEBUG
#undef Max
#undef Min
#undef _
#undef fprintf
#undef gettext
#undef ngettext
#undef printf
#undef snprintf
#undef sprintf
#undef strerror
#undef strerror_r
#undef vfprintf
#undef vprintf
#undef vsnprintf
#undef vsprintf

static_assert(PG_VERSION_NUM / 10000 == 15, "the tree's layout is known for libpg_query 15 only");

namespace sqlproxy::pipeline {

// Requires: the node's tag is that of T.
template <class T>
[[nodiscard]] const T& as(const Node* node) {
  return *reinterpret_cast<const T*>(node);
}

template <class T>
[[nodiscard]] const Node* as_node(const T* node) {
  return reinterpret_cast<const Node*>(node);
}

[[nodiscard]] inline bool is(const Node* node, NodeTag tag) {
  return node != nullptr && nodeTag(node) == tag;
}

// The cells of a list of nodes; NIL is the empty list. Cells may hold null pointers.
[[nodiscard]] inline std::span<const ListCell> cells(const List* list) {
  return list == nullptr ? std::span<const ListCell>()
                         : std::span(list->elements, static_cast<std::size_t>(list->length));
}

[[nodiscard]] inline const Node* node_in(const ListCell& cell) {
  return static_cast<const Node*>(cell.ptr_value);
}

// A list's element, or null beyond its ends.
[[nodiscard]] inline const Node* node_at(const List* list, std::size_t index) {
  const auto all = cells(list);
  return index < all.size() ? node_in(all[index]) : nullptr;
}

// The tree's C strings; a null pointer is the empty text.
[[nodiscard]] inline std::string_view text_of(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

// What a String node holds; empty for every other node.
[[nodiscard]] inline std::string_view text_of(const Node* node) {
  return is(node, T_String) ? text_of(as<String>(node).sval) : std::string_view();
}

// Whether trees of the linked library have the layout of the headers that this program was built with: parses known
// texts and compares tags and fields. Run once at start; a program for which it is false must not serve.
[[nodiscard]] bool tree_layout_is_sound();

}  // namespace sqlproxy::pipeline
